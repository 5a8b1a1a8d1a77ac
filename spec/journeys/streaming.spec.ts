import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, messagesOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const GREETING = "Hi Ada Lovelace! It is good to hear from you. What shall we look at today?";
const PIECE_COUNT = 19;

describe("samples/streaming", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("streaming");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  it("prints the answer, its tree, and what the span holds, and nothing on stderr", () => {
    const lines = sample.stdout
      .split("\n")
      .map((line) => line.replace(/ +[\d.]+ (?:µs|ms|s) +[━╸]+ */, "  ").replace(/after \d+ ms/, "after N ms"));
    expect(lines).toEqual([
      GREETING,
      "",
      "Said by local-rules-1, offline (rules, not a language model). Its trace:",
      "",
      "task SayHi.hi  19 chunks",
      "└─ llm chat local-rules-1  19 in / 19 out tokens  22 chunks",
      "",
      `output      "${GREETING}"`,
      "first piece after N ms",
      `file        ${join(sample.out, "traces.jsonl")}`,
      "",
    ]);
    expect(sample.stderr).toBe("");
  });

  it("writes one trace: the method, and one call of the model below it", () => {
    expect(drawTrees(spans)).toEqual(["task SayHi.hi", "  llm chat local-rules-1"]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  });

  it("records the method as the text it yielded, with its pieces and the time to the first", () => {
    const hi = theSpan(spans, "SayHi.hi");
    expect(hi.kind).toBe(1);
    expect(inputOf(hi)).toEqual({ text: "Hello, this is Ada Lovelace." });
    expect(outputOf(hi)).toBe(GREETING);
    expect(hi.attributes).toEqual({
      "traceloop.span.kind": "task",
      "traceloop.entity.name": "SayHi.hi",
      "traceloop.entity.path": "SayHi.hi",
      "traceloop.entity.input": expect.any(String),
      "traceloop.entity.output": expect.any(String),
      "code.function.name": "SayHi.hi",
      "spandrel.stream.chunk_count": PIECE_COUNT,
      "spandrel.stream.time_to_first_chunk_ms": expect.any(Number),
      "spandrel.stream.outcome": "completed",
    });
  });

  it("records the call as what was sent and answered, with its finish reason and its tokens", () => {
    const call = theSpan(spans, "chat local-rules-1");
    expect(call.kind).toBe(3);
    expect(messagesOf(call)).toEqual({
      input: [
        { role: "system", parts: [{ type: "text", content: "say hi !" }] },
        { role: "user", parts: [{ type: "text", content: "Hello, this is Ada Lovelace." }] },
      ],
      output: [{ role: "assistant", parts: [{ type: "text", content: GREETING }], finish_reason: "stop" }],
    });
    expect(call.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "openai.api.type": "chat_completions",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "http.response.status_code": 200,
      "traceloop.entity.path": "SayHi.hi",
      "gen_ai.request.model": "local-rules-1",
      "gen_ai.request.stream": true,
      "gen_ai.request.temperature": 0,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.input.messages": expect.any(String),
      "gen_ai.output.messages": expect.any(String),
      "gen_ai.response.id": "chatcmpl-local-1",
      "gen_ai.response.model": "local-rules-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.time_to_first_chunk": expect.any(Number),
      "gen_ai.usage.input_tokens": 19,
      "gen_ai.usage.output_tokens": PIECE_COUNT,
      // The role, the finish reason and the usage come in chunks of their own.
      "spandrel.stream.chunk_count": PIECE_COUNT + 3,
      "spandrel.stream.outcome": "completed",
    });
  });

  it("hands on each piece when it comes: the first is there long before the last", () => {
    const { startNanos, endNanos, attributes } = theSpan(spans, "SayHi.hi");
    const firstMillis = Number(attributes["spandrel.stream.time_to_first_chunk_ms"]);
    // The server waits 2 ms before each of the others.
    expect(Number(endNanos - startNanos) / 1e6 - firstMillis).toBeGreaterThan(PIECE_COUNT);
    const call = theSpan(spans, "chat local-rules-1");
    expect(firstMillis).toBeGreaterThan(Number(call.attributes["gen_ai.response.time_to_first_chunk"]) * 1e3);
  });
});
