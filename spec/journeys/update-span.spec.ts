import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const ADA = { id: 1, text: "Ada Lovelace met Charles Babbage in London." };
const SUMMARY =
  "I am a set of rules, not a language model; I read 1 sentence. people: Ada Lovelace, Charles Babbage. places: London.";
const NOTHING = "There is nothing in these records.";
const EXCEPTION = {
  name: "exception",
  attributes: {
    "exception.type": "RangeError",
    "exception.message": NOTHING,
    "exception.stacktrace": expect.stringContaining(NOTHING),
  },
};

describe("samples/update-span", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("update-span");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  /** What a span says beyond what every decorated one does. */
  const saidBy = ({ attributes }: FileSpan) =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => !/^(traceloop|code)\./.test(key)));
  const validations = () => spans.filter(({ name }) => name === "validate");

  it("draws four traces: renamed, failed, mixed, by hand alone; and nothing on stderr", () => {
    expect(drawTrees(spans)).toEqual([
      "workflow data_processing.success",
      "  task validate !",
      "  task summarise",
      "    llm chat local-rules-1",
      "  task notify !",
      "workflow data_processing !",
      "  task validate !",
      "workflow hybrid_workflow",
      "  task validate_data",
      "  undefined custom_processing",
      "    undefined process_item_1",
      "    undefined process_item_4",
      "  task finalise_results",
      "undefined database_operation",
      "  undefined execute_query",
      "  undefined process_results",
    ]);
    expect(sample.stderr).toBe("");
  });

  it("prints the ids under which the spans are exported, the results, and that outside there is no span", () => {
    const workflows = ["data_processing.success", "data_processing"].map((name) => theSpan(spans, name));
    const [said] = sample.stdout.split("\nAnswered by");
    expect(said?.split("\n")).toEqual([
      ...[SUMMARY, `RangeError: ${NOTHING}`].flatMap((result, at) => [
        `in trace ${workflows[at]?.traceId}, span ${workflows[at]?.spanId}`,
        result,
      ]),
      "[",
      "  'run-7: ADA LOVELACE MET CHARLES BABBAGE IN LONDON.',",
      "  'run-7: GRACE HOPPER WROTE A COMPILER.'",
      "]",
      "[ 'ada', 'grace' ]",
      "outside: undefined false undefined",
      "",
    ]);
  });

  it("puts parameters, attributes and events on the workflow, under its new name", () => {
    const records = [ADA, { id: 2, text: "" }];
    const span = theSpan(spans, "data_processing.success");
    expect(span.attributes).toEqual({
      "traceloop.span.kind": "workflow",
      "traceloop.entity.name": "data_processing.success",
      "traceloop.entity.path": "",
      "traceloop.entity.input": JSON.stringify({ userId: "user-1", records }),
      "traceloop.entity.output": JSON.stringify(SUMMARY),
      "traceloop.workflow.name": expect.stringMatching(/^data_processing/),
      "code.function.name": "DataJobs.process",
      "respan.customer_params.customer_identifier": "user-1",
      "user.id": "user-1",
      "respan.trace.trace_group_identifier": "data-processing-pipeline",
      "respan.metadata.record_count": "2",
      "respan.metadata.processing_type": "batch",
      "custom.user_id": "user-1",
      "custom.records": JSON.stringify(records),
      result_length: SUMMARY.length,
    });
    expect(span.status.code).toBe(0);
    expect(span.events).toEqual([
      { name: "validation_started", attributes: { record_count: 2 } },
      { name: "validation_finished", attributes: {} },
    ]);
  });

  it("leaves the spans below as they are: what a span is told is of that span alone", () => {
    const told = spans.filter(({ attributes }) => attributes["user.id"] !== undefined).map(({ name }) => name);
    expect(told).toEqual(["data_processing.success", "data_processing", "process_results"]);
  });

  it("makes a failure of what threw nothing", () => {
    const [soft] = validations();
    expect(soft?.status).toEqual({ code: 2, message: "1 of 2 are empty" });
    expect(soft?.events).toEqual([]);
    expect(saidBy(soft!)).toEqual({});
  });

  it("makes a failure of an exception that was caught, and lets it go no further", () => {
    const notify = theSpan(spans, "notify");
    const message = "user-1 has no address.";
    expect(notify.status).toEqual({ code: 2, message });
    expect(notify.events).toEqual([
      {
        name: "exception",
        attributes: {
          "exception.type": "Error",
          "exception.message": message,
          "exception.stacktrace": expect.stringContaining(message),
        },
      },
    ]);
    expect(theSpan(spans, "data_processing.success").status.code).toBe(0);
  });

  it("records an exception once on each span it passes, whether it was recorded by hand or not", () => {
    const [, hard] = validations();
    const workflow = theSpan(spans, "data_processing");
    expect(hard?.events).toEqual([EXCEPTION]);
    expect(workflow.events).toEqual([{ name: "validation_started", attributes: { record_count: 1 } }, EXCEPTION]);
    for (const span of [hard!, workflow]) {
      expect(span.status).toEqual({ code: 2, message: NOTHING });
      expect(span.attributes["error.type"]).toBe("RangeError");
    }
  });

  it("nests spans made by hand with decorated ones, and updates the one that is active", () => {
    expect(saidBy(theSpan(spans, "custom_processing"))).toEqual({ "data.size": 2 });
    expect(saidBy(theSpan(spans, "process_item_1"))).toEqual({ "item.id": 1 });
    expect(saidBy(theSpan(spans, "process_item_4"))).toEqual({ "item.id": 4 });
    expect(saidBy(theSpan(spans, "hybrid_workflow"))).toEqual({});
    expect(theSpan(spans, "process_item_4").attributes["traceloop.workflow.name"]).toBe("hybrid_workflow");
  });

  it("hands a context value to what the call calls later, and writes it on no span", () => {
    const results = ["run-7: ADA LOVELACE MET CHARLES BABBAGE IN LONDON.", "run-7: GRACE HOPPER WROTE A COMPILER."];
    expect(outputOf(theSpan(spans, "finalise_results"))).toEqual(results);
    expect(inputOf(theSpan(spans, "finalise_results"))).toEqual({ texts: results.map((text) => text.slice(7)) });
    expect(spans.flatMap(({ attributes }) => Object.values(attributes)).filter((value) => value === "run-7")).toEqual(
      [],
    );
  });

  it("exports spans by hand without a decorator around them; one that is not made active is nobody's parent", () => {
    const operation = theSpan(spans, "database_operation");
    expect(operation.kind).toBe(3);
    expect(operation.attributes).toEqual({ "db.system.name": "postgresql" });
    expect(operation.events).toEqual([{ name: "connection established", attributes: {} }]);
    expect(theSpan(spans, "execute_query").attributes).toEqual({
      "db.query.text": "SELECT name FROM customers",
      "db.response.returned_rows": 2,
    });
    const results = theSpan(spans, "process_results");
    expect(results.parentSpanId).toBe(operation.spanId);
    expect(results.status.code).toBe(1);
    expect(saidBy(results)).toEqual({ "respan.customer_params.customer_identifier": "admin", "user.id": "admin" });
  });
});
