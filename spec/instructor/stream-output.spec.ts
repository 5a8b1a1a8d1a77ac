import { z } from "zod";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { Traces } from "../support/traces.js";
import { MESSAGES, answerIn, instructorOf, makeRows, piecesOf, readStream } from "./streamed-answers.js";

let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

const Point = z.object({ n: z.int() });
const FIVE = ['{"items":[{"n":1},{"n":2},', '{"n":3},{"n":4},', '{"n":5}]}'];

describe.each(OPENAI_MAJORS)("%s: what a stream's span keeps of its output", (_major, OpenAI) => {
  let traces: Traces;
  const startTraces = (options: ConstructorParameters<typeof Traces>[0]): void => {
    traces = new Traces(options);
  };
  afterEach(() => traces.telemetry.shutdown());

  const list = () => {
    server.answer("five", answerIn("tools", FIVE));
    return instructorOf(server, OpenAI).createIterable({ responseModel: Point, messages: MESSAGES, model: "five" });
  };
  const attributes = (name: string) => traces.attributes(`instructor.${name}`);

  it("is the list of all items", async () => {
    startTraces({});
    await readStream(list());
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}]');
  });

  it("is no more items than maxItems, and how many more there were", async () => {
    startTraces({ capture: { maxItems: 2 } });
    await readStream(list());
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('[{"n":1},{"n":2},"[3 more items]"]');
  });

  it("is no more text than maxBytes, items in one piece", async () => {
    // Two items and their commas are 16 units, three are 24.
    startTraces({ capture: { maxBytes: 23 } });
    await readStream(list());
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('[{"n":1},{"n":2},"[3 more items]"]');
  });

  it("counts bytes, not characters", async () => {
    // Seven bytes and a comma each.
    startTraces({ capture: { maxBytes: 12 } });
    server.answer("wide", answerIn("tools", ['{"items":["日本","日本"]}']));
    const stream = instructorOf(server, OpenAI).createIterable({
      responseModel: z.string(),
      messages: MESSAGES,
      model: "wide",
    });
    await readStream(stream);
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('["日本","[1 more items]"]');
  });

  it("says of a first item that is too long by itself how long it was", async () => {
    startTraces({ capture: { maxBytes: 10 } });
    server.answer("long", answerIn("tools", [JSON.stringify({ items: ["x".repeat(100), "y"] })]));
    const stream = instructorOf(server, OpenAI).createIterable({
      responseModel: z.string(),
      messages: MESSAGES,
      model: "long",
    });
    await readStream(stream);
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('["[cut: 100 chars]","[1 more items]"]');
  });

  it("is what was yielded until the consumer left, and not what was skipped", async () => {
    startTraces({});
    for await (const { n } of list()) if (n === 2) break;
    expect(attributes("create_iterable")["traceloop.entity.output"]).toBe('[{"n":1},{"n":2}]');
  });

  it("is the last snapshot of a partial that was left, the value of one that was not", async () => {
    startTraces({});
    const responseModel = z.object({ rows: z.array(z.object({ id: z.int() }).loose()), unit: z.string().default("m") });
    server.answer("rows", answerIn("tools", piecesOf(JSON.stringify({ rows: makeRows(3) }), 11)));
    const open = () => instructorOf(server, OpenAI).createPartial({ responseModel, messages: MESSAGES, model: "rows" });
    let left: unknown;
    for await (const partial of open()) {
      left = partial;
      if ((partial.rows?.length ?? 0) === 2) break;
    }
    expect(attributes("create_partial")["traceloop.entity.output"]).toBe(JSON.stringify(left));
    traces.reset();
    await readStream(open());
    expect(JSON.parse(attributes("create_partial")["traceloop.entity.output"] as string)).toEqual({
      rows: makeRows(3),
      unit: "m",
    });
  });

  it("is nothing, nor are input and messages of issues, where content is not captured", async () => {
    startTraces({ captureContent: false });
    await readStream(list());
    server.answer("wrong", answerIn("tools", ['{"n":"secret"}']));
    await readStream(
      instructorOf(server, OpenAI).createPartial({ responseModel: Point, messages: MESSAGES, model: "wrong" }),
    );
    for (const span of traces.spans) {
      const names = Object.keys(span.attributes);
      expect(names.filter((name) => /entity\.(input|output)|messages/.test(name))).toEqual([]);
    }
    expect(traces.span("instructor.create_partial").events[0]?.attributes).toEqual({
      "spandrel.validation.attempt": 1,
      "spandrel.validation.issue_count": 1,
      "spandrel.validation.paths": ["n"],
      "spandrel.validation.codes": ["invalid_type"],
    });
  });

  it("has an event for each of the first hundred items that were left out", async () => {
    startTraces({});
    server.answer("bad", answerIn("json", [JSON.stringify(Array.from({ length: 150 }, () => ({ n: "no" })))]));
    const stream = instructorOf(server, OpenAI, "json").createIterable({
      responseModel: Point,
      messages: MESSAGES,
      model: "bad",
      onInvalidItem: "skip",
    });
    expect(await readStream(stream)).toEqual({ items: [] });
    const { events, attributes: said } = traces.span("instructor.create_iterable");
    expect(events.map((event) => event.attributes?.["spandrel.validation.item"])).toEqual(
      Array.from({ length: 100 }, (_, at) => at),
    );
    expect(said["spandrel.instructor.items_skipped"]).toBe(150);
  });

  it("is the input, beside mode, schema and counts", async () => {
    startTraces({});
    await readStream(list());
    expect(attributes("create_iterable")).toEqual({
      "spandrel.instructor.mode": "tools",
      "spandrel.instructor.attempts": 1,
      "spandrel.instructor.outcome": "valid",
      "spandrel.instructor.time_to_first_item_ms": expect.any(Number),
      "spandrel.stream.time_to_first_chunk_ms": expect.any(Number),
      "spandrel.usage.input_tokens": 11,
      "spandrel.usage.output_tokens": 7,
      "spandrel.usage.total_tokens": 18,
      "llm.request.functions": JSON.stringify((await server.arrived("five")).body["tools"]),
      "traceloop.entity.input": JSON.stringify({ messages: MESSAGES }),
      "traceloop.entity.output": '[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5}]',
    });
  });
});
