// Measures what exporting costs: CPU per span of the file exporter in batches of 512, beside the least that any such
// exporter has to do. Needs dist (npm run build).
//
//   node bench/export.mjs [--rounds 15] [--spans 8192] [--other PATH]
//
// No collection is forced: after one, the first batches pay for a heap that grows again, which no program does.
// --other measures the same of a second build in the same rounds: a copy of dist from before a change.
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { startTelemetry, traced } from "../dist/esm/index.js";
import { makeConversation } from "./lib/cases.mjs";
import { describeConditions, nodeLabel, writeResults } from "./lib/machine.mjs";
import { summarize } from "./lib/statistics.mjs";

const BATCH = 512;
/** Big spans are 25 times as large, so that an eighth of them makes files of like size. */
const BIG_SHARE = 1 / 8;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    spans: { type: "string", default: "8192" },
    other: { type: "string" },
  },
});
const rounds = Number(options.rounds);
const smallCount = Number(options.spans);
const bigCount = Math.max(BATCH, smallCount * BIG_SHARE);
const folder = mkdtempSync(join(tmpdir(), "spandrel-bench-"));
const file = join(folder, "traces.jsonl");

const conditions = describeConditions();
const fileExporters = [];
/** Each takes a batch. Those that write no file say how many bytes they have made. */
const paths = {
  "JSON line a span, in memory": (batch) => Buffer.byteLength(batch.map(toLine).join("")),
  "JSON line a span, one write a batch": writing((batch) => batch.map(toLine).join("")),
  "OTLP JSON by JSON.stringify, one write a batch": writing((batch) => `${JSON.stringify(toTracesData(batch))}\n`),
  ...(await otlpTransformerPath()),
  ...(await buildPaths(resolve(import.meta.dirname, "../dist/esm"), "")),
  ...(options.other === undefined ? {} : await buildPaths(resolve(options.other), ", other")),
};
const results = { kind: "export", ...conditions, rounds, batch: BATCH, sizes: [] };
try {
  await measureSize("small", smallCount, "hello world ".repeat(10));
  await measureSize("big", bigCount, JSON.stringify(makeConversation(10_240, "request")));
} finally {
  for (const exporter of fileExporters) await exporter.shutdown();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${writeResults(`export-${nodeLabel(process.version)}`, results)}`);

async function measureSize(size, count, content) {
  const spans = await makeSpans(count, content);
  const measured = Object.fromEntries(Object.keys(paths).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    const names = Object.keys(paths);
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const figures = measurePath(paths[name], spans);
      if (round >= 0) measured[name].push(figures);
    }
  }
  const rows = Object.entries(measured).map(([name, figures]) => ({
    name,
    cpuMicros: summarize(figures.map((figure) => figure.cpuMicros)),
    bytesPerSpan: figures[0].bytesPerSpan,
  }));
  results.sizes.push({ size, count, rows });
  console.log(`\n${size} spans: CPU µs per span`);
  console.table(
    rows.map(({ name, cpuMicros, bytesPerSpan }) => ({
      path: name,
      median: Number(cpuMicros.median.toFixed(2)),
      quartiles: `${cpuMicros.lower.toFixed(2)} to ${cpuMicros.upper.toFixed(2)}`,
      "bytes per span": Math.round(bytesPerSpan),
    })),
  );
}

function measurePath(path, spans) {
  rmSync(file, { force: true });
  let bytes = 0;
  const before = process.cpuUsage();
  for (let i = 0; i < spans.length; i += BATCH) bytes += path(spans.slice(i, i + BATCH)) ?? 0;
  const { user, system } = process.cpuUsage(before);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? bytes;
  return { cpuMicros: (user + system) / spans.length, bytesPerSpan: size / spans.length };
}

/** A path that makes one text of a batch and appends it with one write. */
function writing(encode) {
  return (batch) => {
    const descriptor = openSync(file, "a");
    try {
      writeSync(descriptor, encode(batch));
    } finally {
      closeSync(descriptor);
    }
  };
}

/**
 * What a build of Spandrel does with a batch. The exporter is a user's: made once, and left open. It notices that the file
 * of the last round is gone.
 */
async function buildPaths(dist, suffix) {
  const load = (room) => import(pathToFileURL(join(dist, room, "index.js")).href);
  const [{ FileSpanExporter }, { createRedactor }, { encodeTracesProtobuf }] = await Promise.all(
    ["exporters", "redaction", "otlp"].map(load),
  );
  const exporter = new FileSpanExporter({ path: file, maxBytes: 2 ** 40 });
  fileExporters.push(exporter);
  const redactor = createRedactor(true);
  const exportToFile = (batch) =>
    exporter.export(batch, ({ code, error }) => {
      if (code !== 0) throw error;
    });
  return {
    [`FileSpanExporter${suffix}`]: exportToFile,
    [`redaction and FileSpanExporter${suffix}`]: (batch) =>
      exportToFile(batch.map((span) => redactor.redactSpan(span))),
    [`OTLP protobuf, in memory${suffix}`]: (batch) => encodeTracesProtobuf(batch).bytes.length,
  };
}

/** OpenTelemetry's own serializer, where someone has installed it: npm install --no-save @opentelemetry/otlp-transformer */
async function otlpTransformerPath() {
  try {
    const { JsonTraceSerializer } = await import("@opentelemetry/otlp-transformer");
    return {
      "OpenTelemetry's JsonTraceSerializer, in memory": (batch) => JsonTraceSerializer.serializeRequest(batch).length,
    };
  } catch {
    return {};
  }
}

/** Ended spans as a processor gets them: 10 attributes, two of them the content. */
async function makeSpans(count, content) {
  const spans = [];
  const keep = {
    export(batch, resultCallback) {
      spans.push(...batch);
      resultCallback({ code: 0 });
    },
    async shutdown() {},
  };
  const queue = { maxSpans: count, maxBytes: 2 ** 40 };
  const telemetry = startTelemetry({ logLevel: "error", processors: { default: { exporter: keep, queue } } });
  const describeCall = (index) => ({
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "small-model",
    "gen_ai.usage.input_tokens": 100 + (index % 50),
    "gen_ai.usage.output_tokens": 20,
    "traceloop.entity.input": content,
    "traceloop.entity.output": content,
  });
  const chat = traced({ name: "chat", attributes: describeCall, captureInput: false, captureOutput: false }, () => {});
  for (let index = 0; index < count; index++) chat(index);
  await telemetry.shutdown();
  return spans;
}

function toLine(span) {
  const { traceId, spanId } = span.spanContext();
  return `${JSON.stringify({
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    kind: span.kind,
    startTime: span.startTime,
    endTime: span.endTime,
    attributes: span.attributes,
    status: span.status,
    events: span.events,
    resource: span.resource.attributes,
  })}\n`;
}

/** What the exporters of OpenTelemetry make of a batch: plain objects in the shape of OTLP, then one JSON text. */
function toTracesData(batch) {
  const [{ resource, instrumentationScope: scope }] = batch;
  const spans = batch.map((span) => {
    const { traceId, spanId } = span.spanContext();
    return {
      traceId,
      spanId,
      parentSpanId: span.parentSpanContext?.spanId,
      name: span.name,
      kind: span.kind + 1,
      startTimeUnixNano: toNanos(span.startTime),
      endTimeUnixNano: toNanos(span.endTime),
      attributes: toKeyValues(span.attributes),
      droppedAttributesCount: span.droppedAttributesCount,
      events: [],
      status: { code: span.status.code },
    };
  });
  return {
    resourceSpans: [{ resource: { attributes: toKeyValues(resource.attributes) }, scopeSpans: [{ scope, spans }] }],
  };
}

function toNanos([seconds, nanos]) {
  return `${seconds}${String(nanos).padStart(9, "0")}`;
}

function toKeyValues(attributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "number" ? { intValue: value } : { stringValue: String(value) },
  }));
}
