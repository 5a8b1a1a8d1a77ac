import { z } from "zod";
import { InstructorRetryError, type InvalidItem, SchemaError } from "../../lib/instructor/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import {
  JSON_MODES,
  MESSAGES,
  answerIn,
  eventsBefore,
  instructorOf,
  makeRows,
  piecesOf,
  readStream,
  sendEvents,
} from "./streamed-answers.js";

const traces = useTraces();
let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

const Point = z.object({ n: z.int() });
const Row = z.object({ id: z.int(), name: z.string(), note: z.string() });
const City = z.object({ type: z.literal("city"), name: z.string() });
const Lake = z.object({ type: z.literal("lake"), depth: z.number() });
const Place = z.discriminatedUnion("type", [City, Lake]);
const noCall = { path: [], code: "no_tool_call" };

/** What an error that gave up says. */
const issuesOf = (error: unknown): readonly unknown[] => {
  expect(error).toBeInstanceOf(InstructorRetryError);
  return (error as InstructorRetryError).issues.map(({ path, code }) => ({ path, code }));
};

let count = 0;
/** A model of its own for each test. */
const nextModel = (): string => `list@${++count}`;

describe.each(OPENAI_MAJORS)("%s: createIterable", (_major, OpenAI) => {
  const read = (
    mode: Parameters<typeof instructorOf>[2],
    outcome: Parameters<LlmServer["answer"]>[1],
    options: { onInvalidItem?: "throw" | "skip" | ((item: InvalidItem) => unknown); responseModel?: z.ZodType } = {},
  ) => {
    const model = nextModel();
    server.answer(model, outcome);
    const stream = instructorOf(server, OpenAI, mode).createIterable({
      responseModel: Point,
      messages: MESSAGES,
      model,
      ...options,
    });
    return readStream(stream);
  };

  describe.each(JSON_MODES)("%s mode", (mode) => {
    it("delivers each item before the server sends the next", async () => {
      const model = nextModel();
      server.answer(model, answerIn(mode, ['{"items":[', '{"n":1}', ',{"n":2}', ',{"n":3}', "]}"], { fault: "gated" }));
      const gate = server.gate(model);
      const stream = instructorOf(server, OpenAI, mode).createIterable({
        responseModel: Point,
        messages: MESSAGES,
        model,
      });
      const first = stream.next();
      await sendEvents(gate, eventsBefore(mode) + 2);
      expect(await first).toEqual({ done: false, value: { n: 1 } });
      for (const n of [2, 3]) {
        const step = stream.next();
        await sendEvents(gate, 1);
        expect(await step).toEqual({ done: false, value: { n } });
      }
      const end = stream.next();
      gate.open();
      expect(await end).toEqual({ done: true, value: undefined });
    });

    it("reads a list under its key, a bare one, an empty one of either", async () => {
      const lists = ['{"items":[{"n":1},{"n":2}]}', '[{"n":1},{"n":2}]', '{"items":[]}', "[]"];
      const found = [];
      for (const text of lists) found.push(await read(mode, answerIn(mode, piecesOf(text, 3))));
      const two = { items: [{ n: 1 }, { n: 2 }] };
      expect(found).toEqual([two, two, { items: [] }, { items: [] }]);
    });

    it("fails where the answer is no list, once it is whole", async () => {
      // Markdown is searched for a bracket.
      const texts = ['{"rows":[{"n":1}]}', '{"items":{"n":1}}', '{"n":1}', ...(mode === "md_json" ? [] : ['"items"'])];
      for (const text of texts) {
        const { items, error } = await read(mode, answerIn(mode, [text]));
        expect({ text, items, issues: issuesOf(error) }).toEqual({
          text,
          items: [],
          issues: [{ path: [], code: "invalid_type" }],
        });
      }
    });

    it("delivers what was whole before malformed JSON, then fails", async () => {
      const { items, error } = await read(mode, answerIn(mode, ['{"items":[{"n":1}', ",{'n':2}", ',{"n":3}]}']));
      expect(items).toEqual([{ n: 1 }]);
      expect(issuesOf(error)).toEqual([{ path: [], code: "invalid_json" }]);
    });

    it("fails where the JSON is not brought to its end", async () => {
      const { items, error } = await read(mode, answerIn(mode, ['{"items":[{"n":1}', ',{"n":2'], { finish: "stop" }));
      expect(items).toEqual([{ n: 1 }]);
      expect(issuesOf(error)).toEqual([{ path: [], code: "invalid_json" }]);
    });
  });

  it("takes text around the JSON in md_json mode only", async () => {
    const text = (mode: "json" | "json_schema" | "md_json") => read(mode, { text: ['[{"n":1}]', "\nDone."] });
    expect(await text("md_json")).toEqual({ items: [{ n: 1 }] });
    for (const mode of ["json", "json_schema"] as const) {
      const { items, error } = await text(mode);
      expect(items).toEqual([{ n: 1 }]);
      expect(issuesOf(error)).toEqual([{ path: [], code: "invalid_json" }]);
    }
    const tools = await read("tools", answerIn("tools", ['{"items":[{"n":1}]}', " and so on"]));
    expect(tools.items).toEqual([{ n: 1 }]);
    expect(issuesOf(tools.error)).toEqual([{ path: [], code: "invalid_json" }]);
  });

  it("fails without a call, with another's call, with two calls", async () => {
    const call = { name: "response", fragments: ['{"items":[{"n":1}]}'] };
    const prose = await read("tools", { text: ["No."] });
    const other = await read("tools", { toolCalls: [{ ...call, name: "other" }] });
    const twice = await read("tools", { toolCalls: [call, { name: "response", fragments: ['{"items":[{"n":5}]}'] }] });
    expect([prose, other, twice].map(({ items, error }) => ({ items, issues: issuesOf(error) }))).toEqual([
      { items: [], issues: [noCall] },
      { items: [], issues: [noCall] },
      { items: [{ n: 1 }], issues: [{ path: [], code: "multiple_tool_calls" }] },
    ]);
    for (const mode of ["json", "json_schema", "md_json"] as const)
      expect(issuesOf((await read(mode, { text: [] })).error)).toEqual([{ path: [], code: "no_json" }]);
  });

  it("delivers the first of 400 items with the chunk that closes it", async () => {
    const rows = makeRows(400);
    const pieces = piecesOf(JSON.stringify({ items: rows }), 20);
    const closedBy = Math.ceil(JSON.stringify({ items: rows.slice(0, 1) }).length / 20);
    const model = nextModel();
    server.answer(model, answerIn("tools", pieces, { fault: "gated" }));
    const gate = server.gate(model);
    const stream = instructorOf(server, OpenAI).createIterable({ responseModel: Row, messages: MESSAGES, model });
    const first = stream.next();
    await sendEvents(gate, eventsBefore("tools") + closedBy);
    expect(await first).toEqual({ done: false, value: rows[0] });
    gate.open();
    expect(await readStream(stream)).toEqual({ items: rows.slice(1) });
    const total = traces.current.attributes(`chat ${model}`)["spandrel.stream.chunk_count"];
    expect({ position: eventsBefore("tools") + closedBy, total }).toEqual({ position: 6, total: pieces.length + 4 });
    expect(pieces.length).toBeGreaterThan(1400);
  });

  it("brings optional fields back from the nulls of json_schema mode", async () => {
    const responseModel = z.object({ n: z.int(), note: z.string().optional(), known: z.string().nullable() });
    const outcome = { text: ['{"items":[{"n":1,"note":null,"known":null},{"n":2,"note":"x","known":"y"}]}'] };
    expect(await read("json_schema", outcome, { responseModel })).toEqual({
      items: [
        { n: 1, known: null },
        { n: 2, note: "x", known: "y" },
      ],
    });
  });

  it.each([
    ["primitives", z.string(), ["a", "b😀"]],
    ["numbers", z.number(), [1, -2.5, 3e2]],
    ["nullables", z.nullable(z.int()), [null, 4]],
    ["arrays", z.array(z.int()), [[1], [], [2, 3]]],
    ["unions", z.union([z.boolean(), Point]), [true, { n: 1 }]],
  ])("reads items that are %s", async (_name, responseModel: z.ZodType, values: unknown[]) => {
    for (const mode of JSON_MODES) {
      const outcome = answerIn(mode, piecesOf(JSON.stringify({ items: values }), 1));
      expect(await read(mode, outcome, { responseModel })).toEqual({ items: values });
    }
  });

  it("runs transforms, defaults and asynchronous refinements once for each item", async () => {
    const transformed: number[] = [];
    const refined: number[] = [];
    const responseModel = z
      .object({ n: z.int(), unit: z.string().default("m") })
      .refine(async ({ n }) => {
        await Promise.resolve();
        refined.push(n);
        return true;
      })
      .transform(({ n, unit }) => {
        transformed.push(n);
        return `${n} ${unit}`;
      });
    const outcome = answerIn("tools", piecesOf('{"items":[{"n":1},{"n":2,"unit":"km"},{"n":3}]}', 4));
    expect(await read("tools", outcome, { responseModel })).toEqual({ items: ["1 m", "2 km", "3 m"] });
    expect({ refined, transformed }).toEqual({ refined: [1, 2, 3], transformed: [1, 2, 3] });
  });

  it("gives on what a refinement throws, as it is", async () => {
    const broken = new RangeError("the check itself is broken");
    const responseModel = Point.refine(({ n }) => {
      if (n === 2) throw broken;
      return true;
    });
    const { items, error } = await read("json", answerIn("json", ['[{"n":1},', '{"n":2}]']), { responseModel });
    expect(items).toEqual([{ n: 1 }]);
    expect(error).toBe(broken);
  });

  describe("an item that is not valid", () => {
    const pieces = ['{"items":[', '{"n":1}', ',{"n":"two"}', ',{"n":3}', ',{"n":4.5}', "]}"];
    const invalid = (index: number, code = "invalid_type"): InvalidItem => ({
      index,
      attempt: 1,
      issues: [{ path: ["n"], code, message: expect.any(String) }],
    });

    it.each([{}, { onInvalidItem: "throw" as const }])("fails the stream there (%j)", async (options) => {
      const model = nextModel();
      server.answer(model, answerIn("tools", pieces, { fault: "gated" }));
      const gate = server.gate(model);
      const stream = instructorOf(server, OpenAI).createIterable({
        responseModel: Point,
        messages: MESSAGES,
        model,
        ...options,
      });
      const reading = readStream(stream);
      await sendEvents(gate, eventsBefore("tools") + 3);
      // The server has three pieces of six to send.
      const { items, error } = await reading;
      expect(items).toEqual([{ n: 1 }]);
      expect(issuesOf(error)).toEqual([{ path: [1, "n"], code: "invalid_type" }]);
      expect(await (await server.arrived(model)).ended).toBe("left");
    });

    it("is left out with skip, and said on the span", async () => {
      expect(await read("tools", answerIn("tools", pieces), { onInvalidItem: "skip" })).toEqual({
        items: [{ n: 1 }, { n: 3 }],
      });
      const span = traces.current.span("instructor.create_iterable");
      expect(span.attributes).toMatchObject({
        "spandrel.instructor.items_skipped": 2,
        "spandrel.instructor.outcome": "valid",
        "traceloop.entity.output": '[{"n":1},{"n":3}]',
      });
      expect(span.events.map(({ name, attributes }) => ({ name, ...attributes }))).toEqual(
        [1, 3].map((item) => ({
          name: "validation.failed",
          "spandrel.validation.attempt": 1,
          "spandrel.validation.item": item,
          "spandrel.validation.issue_count": 1,
          "spandrel.validation.paths": ["n"],
          "spandrel.validation.codes": ["invalid_type"],
          "spandrel.validation.messages": [expect.any(String)],
        })),
      );
    });

    it("is given to a function, and left out", async () => {
      const seen: InvalidItem[] = [];
      const onInvalidItem = (item: InvalidItem): void => void seen.push(item);
      const outcome = answerIn("tools", pieces);
      expect(await read("tools", outcome, { onInvalidItem })).toEqual({ items: [{ n: 1 }, { n: 3 }] });
      expect(seen).toEqual([invalid(1), invalid(3)]);
    });

    it("waits for an asynchronous function before the next item", async () => {
      const order: string[] = [];
      const model = nextModel();
      server.answer(model, answerIn("json", [pieces.join("")]));
      const stream = instructorOf(server, OpenAI, "json").createIterable({
        responseModel: Point,
        messages: MESSAGES,
        model,
        onInvalidItem: async ({ index }) => {
          order.push(`told of ${index}`);
          await new Promise((resolve) => setImmediate(resolve));
          order.push(`done with ${index}`);
        },
      });
      for await (const { n } of stream) order.push(`item ${n}`);
      expect(order).toEqual(["item 1", "told of 1", "done with 1", "item 3", "told of 3", "done with 3"]);
    });

    it.each([
      [
        "throws",
        () =>
          (_item: InvalidItem): never =>
            fail_(),
      ],
      [
        "rejects",
        () =>
          (_item: InvalidItem): Promise<never> =>
            Promise.reject(OWN),
      ],
    ])("ends the stream with what a function of the caller %s", async (_name, make) => {
      const { items, error } = await read("tools", answerIn("tools", pieces), { onInvalidItem: make() });
      expect(items).toEqual([{ n: 1 }]);
      expect(error).toBe(OWN);
      expect(traces.current.attributes("instructor.create_iterable")).toMatchObject({
        "spandrel.instructor.outcome": "error",
        "spandrel.instructor.attempts": 1,
        "error.type": "RangeError",
      });
    });
  });

  describe("parallel_tools mode", () => {
    const readPlaces = (outcome: Parameters<LlmServer["answer"]>[1], onInvalidItem?: "skip") =>
      read("parallel_tools", outcome, { responseModel: Place, ...(onInvalidItem && { onInvalidItem }) });
    const city = { name: "city", fragments: ['{"type":"city",', '"name":"Be', 'rn"}'] };
    const lake = { name: "lake", fragments: ['{"type":"lake",', '"depth":310}'] };

    it("asks for one function a member, any number of times", async () => {
      await readPlaces({ toolCalls: [city] });
      const { body } = server.requests.at(-1)!;
      expect(body).toMatchObject({
        tool_choice: "required",
        tools: [{ function: { name: "city" } }, { function: { name: "lake" } }],
      });
    });

    it("delivers each call as soon as its arguments are whole, interleaved as they come", async () => {
      const model = nextModel();
      server.answer(model, {
        toolCalls: [city, lake, { ...lake, fragments: ['{"type":"lake","depth":1}'] }],
        fault: "gated",
      });
      const gate = server.gate(model);
      const stream = instructorOf(server, OpenAI, "parallel_tools").createIterable({
        responseModel: Place,
        messages: MESSAGES,
        model,
      });
      // Opening, three headers, the first fragment of each: the third call is whole with its first.
      const first = stream.next();
      await sendEvents(gate, 7);
      expect(await first).toEqual({ done: false, value: { type: "lake", depth: 1 } });
      const second = stream.next();
      await sendEvents(gate, 2);
      expect(await second).toEqual({ done: false, value: { type: "lake", depth: 310 } });
      const third = stream.next();
      await sendEvents(gate, 1);
      expect(await third).toEqual({ done: false, value: { type: "city", name: "Bern" } });
      gate.open();
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    });

    it("fails without a call, with an unknown function, with malformed or unfinished arguments", async () => {
      const found = [];
      for (const outcome of [
        { text: ["None."] },
        { toolCalls: [city, { name: "river", fragments: ["{}"] }] },
        { toolCalls: [city, { name: "lake", fragments: ["{'type'", ":1}"] }] },
        { toolCalls: [city, { name: "lake", fragments: ['{"type":"lake"'] }] },
        { toolCalls: [city, { name: "lake", fragments: [] }] },
      ])
        found.push(await readPlaces(outcome));
      const bern = { type: "city", name: "Bern" };
      expect(found.map(({ items, error }) => ({ items, issues: issuesOf(error) }))).toEqual([
        { items: [], issues: [noCall] },
        { items: [bern], issues: [{ path: [1], code: "unknown_function" }] },
        { items: [bern], issues: [{ path: [1], code: "invalid_json" }] },
        { items: [bern], issues: [{ path: [1], code: "invalid_json" }] },
        { items: [bern], issues: [{ path: [1], code: "invalid_json" }] },
      ]);
    });

    it("fails at an item that is not valid, or leaves it out", async () => {
      const wrong = { name: "lake", fragments: ['{"type":"lake","depth":"deep"}'] };
      const failed = await readPlaces({ toolCalls: [wrong, city] });
      expect(failed.items).toEqual([]);
      expect(issuesOf(failed.error)).toEqual([{ path: [0, "depth"], code: "invalid_type" }]);
      expect(await readPlaces({ toolCalls: [wrong, city] }, "skip")).toEqual({
        items: [{ type: "city", name: "Bern" }],
      });
    });

    it("delivers a call once, whatever white space follows", async () => {
      const spaced = { name: "city", fragments: ['{"type":"city","name":"Bern"}', " ", "\n"] };
      expect(await readPlaces({ toolCalls: [spaced] })).toEqual({ items: [{ type: "city", name: "Bern" }] });
    });

    it("takes objects only", () => {
      const instructor = instructorOf(server, OpenAI, "parallel_tools");
      expect(() => instructor.createIterable({ responseModel: z.string(), messages: MESSAGES, model: "text" })).toThrow(
        SchemaError,
      );
    });
  });
});

const OWN = new RangeError("the caller's own");
function fail_(): never {
  throw OWN;
}
