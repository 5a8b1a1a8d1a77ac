import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, messagesOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const VENDOR = "@arizeai/openinference-instrumentation-openai";
const JOKE = "My friend says opentelemetry is easy. I asked for the trace of that thought, and it was never sampled.";

/** A module that makes the vendor's package look as if it were not installed. */
const HIDE_VENDOR = `data:text/javascript,${encodeURIComponent(`import Module from "node:module";
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (name, ...rest) {
    return resolve.call(this, name === "${VENDOR}" ? "./not-installed" : name, ...rest);
  };`)}`;

const CASES = [
  { vendor: "on", imports: [], firstLine: `${VENDOR} is on, too.`, duplicates: `{ '${VENDOR}': 1 }` },
  {
    vendor: "not installed",
    imports: [HIDE_VENDOR],
    firstLine: `${VENDOR} is not installed; this runs without it.`,
    duplicates: "{}",
  },
];

describe.each(CASES)("samples/duplicates, the other vendor $vendor", ({ imports, firstLine, duplicates }) => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("duplicates", { imports });
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  it("prints the joke, a tree with one call, and what was left out", () => {
    const lines = sample.stdout
      .split("\n")
      .map((line) => line.replace(/ +[\d.]+ (?:µs|ms|s) +[━╸]+ */, "  ").trimEnd());
    expect(lines).toEqual([
      firstLine,
      "",
      JOKE,
      "",
      "task tell_joke",
      "└─ llm chat local-rules-1  12 in / 22 out tokens",
      "",
      `duplicates ${duplicates}`,
      "",
      "Told by local-rules-1, offline (rules, not a language model).",
      `Trace: ${join(sample.out, "traces.jsonl")}`,
      "",
    ]);
  });

  it("says once who doubled, and once what that package is known to break, and nothing else", () => {
    expect(sample.stderr.split("\n").filter(Boolean)).toEqual(
      imports.length > 0
        ? []
        : [
            expect.stringMatching(new RegExp(`^spandrel: SPANDREL_TRACED_TWICE: ${VENDOR} traces calls that`)),
            expect.stringMatching(new RegExp(`^spandrel: SPANDREL_KNOWN_BAD_PAIRING: ${VENDOR} [0-9.]+ with openai `)),
          ],
    );
  });

  it("writes the task and one call, with all that a call has", () => {
    expect(drawTrees(spans)).toEqual(["task tell_joke", "  llm chat local-rules-1"]);
    expect(inputOf(theSpan(spans, "tell_joke"))).toEqual({ topic: "opentelemetry" });
    expect(outputOf(theSpan(spans, "tell_joke"))).toBe(JOKE);

    const call = theSpan(spans, "chat local-rules-1");
    expect(call.kind).toBe(3);
    expect(messagesOf(call)).toEqual({
      input: [{ role: "user", parts: [{ type: "text", content: "Tell me a joke about opentelemetry" }] }],
      output: [{ role: "assistant", parts: [{ type: "text", content: JOKE }], finish_reason: "stop" }],
    });
    expect(call.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "openai.api.type": "chat_completions",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "http.response.status_code": 200,
      "traceloop.entity.path": "tell_joke",
      "gen_ai.request.model": "local-rules-1",
      "gen_ai.input.messages": expect.any(String),
      "gen_ai.output.messages": expect.any(String),
      "gen_ai.response.id": "chatcmpl-local-1",
      "gen_ai.response.model": "local-rules-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 12,
      "gen_ai.usage.output_tokens": 22,
    });
  });
});
