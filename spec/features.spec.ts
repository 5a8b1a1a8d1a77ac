import { instrumentOf, isInstrumentName } from "../lib/instruments/instrument-names.js";
import { codeIn, readTables } from "./support/markdown-table.js";
import { unknownNamesIn } from "./support/public-names.js";
import { faultOfProof } from "./support/shown-by.js";

const FEATURES = "docs/features.md";
const MIGRATING = "docs/migrating-from-respan.md";
const PROOF = /`(spec\/[\w./-]+): ([^`]+)`/g;

const rows = readTables(FEATURES).map(({ section, cells }) => ({
  section,
  id: cells["#"] ?? "",
  feature: cells["feature"] ?? "",
  ours: cells["Spandrel"] ?? "",
  shown: [...(cells["shown by"] ?? "").matchAll(PROOF)].map(([, file = "", title = ""]) => ({ file, title })),
  cells,
}));

/** As many features as Respan's SDKs, Instructor's tracing among them, were found to have. */
const FEATURES_OF_RESPAN = 67;

/** What a user of Respan's packages imports, or calls on what is imported; each has to be found on the page. */
const PYTHON =
  "RespanTelemetry app_name api_key base_url log_level is_batching_enabled instruments block_instruments headers resource_attributes " +
  "span_postprocess_callback is_enabled is_auto_instrument auto_flush custom_exporter customer_identifier thread_identifier metadata environment " +
  "add_processor filter_fn flush is_initialized workflow task agent tool name version method_name processors export_filter links sample_rate " +
  "SpanLink span_link_to_otel span_to_link attach_span_links respan_span_attributes propagate_attributes RespanParams " +
  "get_client RespanClient get_current_span get_current_trace_id get_current_span_id update_current_span respan_params status_description add_event " +
  "record_exception get_context_value set_context_value is_recording get_tracer start_span get_span_buffer process_spans parent_trace_id parent_span_id " +
  "create_span get_all_spans get_span_count clear_spans RespanSpanExporter endpoint timeout InMemorySpanExporter " +
  "ContextPropagatingThreadPoolExecutor ContextPropagatingThread RespanContextSnapshot capture_context submit_with_current_context " +
  "wrap_with_current_context add_done_callback_with_current_context suppressed_parent_context Instruments InstructorInstrumentor " +
  "FilterParamDict MetricFilterParam FilterBundle get_respan_logger get_main_logger " +
  "from_openai from_provider apatch response_model max_retries create_with_completion create_iterable create_partial HookName";
const TYPESCRIPT =
  "RespanTelemetry KeywordsAITelemetry initialize isInitialized appName apiKey baseURL disableBatch logLevel traceContent exporter headers processor " +
  "propagator contextManager silenceInitializationMessage tracingEnabled resourceAttributes spanPostprocessCallback instrumentModules " +
  "disabledInstrumentations spanNameStyle enableInstrumentation enableInstrumentations addProcessor filter priority shutdown flush " +
  "withWorkflow withTask withAgent withTool associationProperties inputParameters suppressTracing startTracing forceFlush shutdownTracing " +
  "withRespanSpanAttributes withKeywordsAISpanAttributes propagateAttributes getClient getCurrentSpan getCurrentTraceId getCurrentSpanId getTracer " +
  "updateCurrentSpan respanParams keywordsaiParams addEvent addSpanEvent recordException recordSpanException setSpanStatus isRecording withManualSpan " +
  "getEntityPath shouldSendTraces buildReadableSpan injectSpan ensureTraceId ensureSpanId getSpanBufferManager createBuffer createSpan getAllSpans getSpanCount " +
  "clearSpans processSpans registerSpanTransformer RespanError InitializationError NotInitializedError";
const VARIABLES =
  "RESPAN_API_KEY RESPAN_BASE_URL RESPAN_APP_NAME RESPAN_LOG_LEVEL RESPAN_BATCHING_ENABLED RESPAN_AUTO_FLUSH RESPAN_SPAN_NAME_STYLE " +
  "RESPAN_TRACE_CONTENT RESPAN_DEBUG TRACELOOP_TRACE_CONTENT KEYWORDSAI_API_KEY KEYWORDSAI_BASE_URL KEYWORDSAI_APP_NAME KEYWORDSAI_TRACE_CONTENT";

describe.each([FEATURES, MIGRATING])("%s", (file) => {
  const tables = readTables(file);

  it("has no cell that is empty or left for later", () => {
    const open = tables.filter(({ cells }) => Object.values(cells).some((cell) => /^[–?-]?$|TODO|PENDING/.test(cell)));
    expect(open).toEqual([]);
    expect(tables.length).toBeGreaterThan(50);
  });

  it("names nothing as ours that there is not", () => {
    const cells = tables.map(({ cells }) => cells["Spandrel"] ?? "");
    const wrong = cells.flatMap((cell) =>
      codeIn(cell).flatMap((code) => unknownNamesIn(code).map((name) => [name, cell])),
    );
    expect(wrong).toEqual([]);
    expect(cells.filter((cell) => codeIn(cell).length > 0).length).toBeGreaterThan(40);
  });
});

describe(FEATURES, () => {
  it("numbers its rows without a gap, and has all that others have once", () => {
    const numbers = rows.map(({ id }) => id.split(".").map(Number));
    const whole = numbers.flatMap(([main = NaN, part]) => (part === undefined ? [main] : []));
    expect([...whole].sort((a, b) => a - b)).toEqual(whole.map((_, at) => at + 1));
    expect(whole.length).toBeGreaterThan(FEATURES_OF_RESPAN);
    for (const main of whole) {
      const parts = numbers.flatMap(([own, part]) => (own === main && part !== undefined ? [part] : []));
      expect([main, ...parts]).toEqual([main, ...parts.map((_, at) => at + 1)]);
    }
  });

  it.each(rows)("row $id is shown: $feature", ({ shown }) => {
    expect(shown.map(({ file, title }) => faultOfProof(file, title)).filter(Boolean)).toEqual([]);
    expect(shown.length).toBeGreaterThan(0);
  });

  it.each(rows.filter(({ section }) => section === "Instruments by name"))(
    "an instrument is what its row says: $feature",
    ({ feature, ours }) => {
      const [name] = codeIn(feature);
      if (!isInstrumentName(name)) throw new Error(`${feature} is no instrument`);
      const targets = (instrumentOf(name).sameAs ?? [name]).filter(isInstrumentName);
      expect(codeIn(ours)).toEqual(expect.arrayContaining(targets));
      const [only, ...others] = targets;
      if (only === undefined || others.length > 0 || only === "context") return;
      const { isNative, packages = [] } = instrumentOf(only);
      const [preferred] = packages;
      if (isNative === true) expect(ours).toContain("part of Spandrel");
      else if (preferred === undefined) expect(ours).toMatch(/no package for JavaScript|: none/);
      else expect(codeIn(ours)).toContain(preferred);
    },
  );
});

describe(MIGRATING, () => {
  const columns = (head: string): string =>
    readTables(MIGRATING)
      .map(({ cells }) => cells[head] ?? "")
      .join("\n");

  it.each([
    ["Python", PYTHON],
    ["TypeScript", TYPESCRIPT],
    ["variable", VARIABLES],
  ])("has an answer for every name of the column %s", (head, names) => {
    const known = new Set(codeIn(columns(head)).flatMap((code) => code.match(/[A-Za-z_]\w*/g) ?? []));
    expect(names.split(" ").filter((name) => !known.has(name))).toEqual([]);
  });
});
