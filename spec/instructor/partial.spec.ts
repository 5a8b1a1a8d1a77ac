import { z } from "zod";
import { InstructorRetryError } from "../../lib/instructor/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
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

useTraces();
let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

let count = 0;
/** A model of its own for each test. */
const nextModel = (): string => `partial@${++count}`;

const Report = z.object({
  title: z.string(),
  year: z.int(),
  unit: z.string().default("m"),
  lakes: z.array(z.object({ name: z.string(), depth: z.number().transform((depth) => `${depth} m`) })),
  note: z.string().optional(),
});
const VALUE = {
  title: "Lakes 😀",
  year: 2026,
  unit: "m",
  lakes: [
    { name: "Léman", depth: "310 m" },
    { name: "Thun", depth: "217 m" },
  ],
};

/** Whether `after` has all that `before` has: texts and lists may be longer, objects may have more. */
function hasGrown(before: unknown, after: unknown): boolean {
  // A call of which nothing is known yet, before one of which something is.
  if (before === undefined) return true;
  if (typeof before === "string") return typeof after === "string" && after.startsWith(before);
  if (typeof before !== "object" || before === null) return Object.is(before, after);
  if (typeof after !== "object" || after === null || Array.isArray(before) !== Array.isArray(after)) return false;
  return Object.entries(before).every(([key, value]) => hasGrown(value, Reflect.get(after, key)));
}

/** Reads a partial stream, and checks what holds of all of them. */
async function readPartials(stream: AsyncGenerator<unknown, unknown, undefined>): Promise<{
  partials: readonly unknown[];
  value: unknown;
}> {
  const partials: unknown[] = [];
  const texts: string[] = [];
  let step = await stream.next();
  for (; step.done !== true; step = await stream.next()) {
    partials.push(step.value);
    texts.push(JSON.stringify(step.value));
  }
  // None has changed since it was yielded.
  expect(partials.map((partial) => JSON.stringify(partial))).toEqual(texts);
  // The last is the value, and what the generator returns.
  expect(partials.at(-1)).toBe(step.value);
  const growing = partials.slice(0, -1);
  for (const [at, partial] of growing.slice(1).entries()) {
    expect(texts[at + 1]).not.toBe(texts[at]);
    if (!hasGrown(growing[at], partial)) expect(partial).toBe(`more than ${texts[at]}`);
  }
  return { partials: growing, value: step.value };
}

describe.each(OPENAI_MAJORS)("%s: createPartial", (_major, OpenAI) => {
  const open = (
    mode: Parameters<typeof instructorOf>[2],
    outcome: Outcome,
    responseModel: z.ZodType = Report,
    model = nextModel(),
  ) => {
    server.answer(model, outcome);
    return instructorOf(server, OpenAI, mode).createPartial({ responseModel, messages: MESSAGES, model });
  };

  describe.each(JSON_MODES)("%s mode", (mode) => {
    it("shows the value as it grows, and at last validated", async () => {
      const pieces = [
        '{"ti',
        'tle":"Lakes \ud83d',
        '\ude00"',
        ',"year":20',
        '26,"lakes":[',
        "{",
        '"name":"L',
        'éman","dep',
        'th":3',
        "10}",
        ',{"name":"Thun","depth":217',
        "}]",
        "}",
      ];
      const { partials, value } = await readPartials(open(mode, answerIn(mode, pieces)));
      const [title, year, leman] = ["Lakes 😀", 2026, { name: "Léman", depth: 310 }];
      // Half of a key or of a number tells nothing.
      expect(partials).toEqual([
        {},
        { title: "Lakes " },
        { title },
        { title, year, lakes: [] },
        { title, year, lakes: [{}] },
        { title, year, lakes: [{ name: "L" }] },
        { title, year, lakes: [{ name: "Léman" }] },
        { title, year, lakes: [leman] },
        { title, year, lakes: [leman, { name: "Thun" }] },
        { title, year, lakes: [leman, { name: "Thun", depth: 217 }] },
      ]);
      expect(value).toEqual(VALUE);
    });

    it("yields each before the server sends more", async () => {
      const model = nextModel();
      const outcome = answerIn(mode, ['{"title":"A', 'B","year":20', "26,", '"lakes":[]}'], { fault: "gated" });
      const stream = open(mode, outcome, Report, model);
      const gate = server.gate(model);
      const first = stream.next();
      await sendEvents(gate, eventsBefore(mode) + 1);
      expect(await first).toEqual({ done: false, value: { title: "A" } });
      const second = stream.next();
      await sendEvents(gate, 1);
      expect(await second).toEqual({ done: false, value: { title: "AB" } });
      const third = stream.next();
      await sendEvents(gate, 1);
      expect(await third).toEqual({ done: false, value: { title: "AB", year: 2026 } });
      gate.open();
      const value = { title: "AB", year: 2026, unit: "m", lakes: [] };
      expect(await readStream(stream)).toEqual({
        items: [{ title: "AB", year: 2026, lakes: [] }, value],
        returned: value,
      });
    });

    it("yields nothing where nothing was added", async () => {
      const pieces = ['{"title":"A"', ", ", "\n  ", '"year"', ":", "2", "0", "26 ", ' ,"lakes":[]', "  ", "}"];
      const { partials } = await readPartials(open(mode, answerIn(mode, pieces)));
      expect(partials).toEqual([{ title: "A" }, { title: "A", year: 2026 }, { title: "A", year: 2026, lakes: [] }]);
    });

    it("fails at a finished part that is not valid, before the server sends more", async () => {
      const model = nextModel();
      const pieces = ['{"title":"A","lakes":[{"name":"B",', '"depth":"deep"', "}", '],"year":1}'];
      const stream = open(mode, answerIn(mode, pieces, { fault: "gated" }), Report, model);
      const reading = readStream(stream);
      await sendEvents(server.gate(model), eventsBefore(mode) + 2);
      const { items, error } = await reading;
      expect(items).toEqual([{ title: "A", lakes: [{ name: "B" }] }]);
      expect(error).toBeInstanceOf(InstructorRetryError);
      expect(error).toMatchObject({
        reason: "max_retries",
        issues: [{ path: ["lakes", 0, "depth"], code: "invalid_type" }],
      });
      expect(await (await server.arrived(model)).ended).toBe("left");
    });

    it("fails at malformed JSON, before the server sends more", async () => {
      const model = nextModel();
      const reading = readStream(
        open(mode, answerIn(mode, ['{"title":', "'A'", "}"], { fault: "gated" }), Report, model),
      );
      await sendEvents(server.gate(model), eventsBefore(mode) + 2);
      const { items, error } = await reading;
      expect(items).toEqual([{}]);
      expect(error).toMatchObject({ issues: [{ path: [], code: "invalid_json" }] });
    });

    it("fails at the end where the JSON has none, or the whole is not valid", async () => {
      const torn = await readStream(open(mode, answerIn(mode, ['{"title":"A'], { finish: "stop" })));
      expect(torn.items).toEqual([{ title: "A" }]);
      expect(torn.error).toMatchObject({ issues: [{ path: [], code: "invalid_json" }] });
      const Even = z.object({ a: z.int(), b: z.int() }).refine(({ a, b }) => a === b, { path: ["b"] });
      const uneven = await readStream(open(mode, answerIn(mode, ['{"a":1,', '"b":2}']), Even));
      expect(uneven.items).toEqual([{ a: 1 }, { a: 1, b: 2 }].slice(0, uneven.items.length));
      expect(uneven.items.length).toBeGreaterThan(0);
      expect(uneven.error).toMatchObject({ issues: [{ path: ["b"], code: "custom" }] });
    });

    it.each([
      ["array", z.array(z.string()), '["ab","c"]', [[], [""], ["a"], ["ab"], ["ab", ""], ["ab", "c"]]],
      ["text", z.string(), '"ab"', ["", "a", "ab"]],
      ["number", z.number(), "-12.5", [-12.5]],
      ["boolean", z.boolean(), "true", [true]],
      [
        "union",
        z.union([z.object({ a: z.string() }), z.array(z.int())]),
        '{"a":"xy"}',
        [{}, { a: "" }, { a: "x" }, { a: "xy" }],
      ],
    ])("takes a root that is no object: %s", async (_name, responseModel: z.ZodType, text, expected: unknown[]) => {
      const key = responseModel instanceof z.ZodArray ? "items" : "value";
      const wrapped = `{"${key}":${text}}`;
      const { partials, value } = await readPartials(open(mode, answerIn(mode, piecesOf(wrapped, 1)), responseModel));
      expect({ partials, value }).toEqual({ partials: expected, value: JSON.parse(text) as unknown });
    });
  });

  it("shows no nulls that stand for missing fields in json_schema mode", async () => {
    const responseModel = z.object({
      note: z.string().optional(),
      known: z.string().nullable(),
      inner: z.object({ deep: z.int().optional(), list: z.array(z.int()).optional() }),
    });
    const text = '{"note":null,"known":null,"inner":{"deep":null,"list":null}}';
    const { partials, value } = await readPartials(
      open("json_schema", answerIn("json_schema", piecesOf(text, 1)), responseModel),
    );
    expect({ partials, value }).toEqual({
      partials: [{}, { known: null }, { known: null, inner: {} }],
      value: { known: null, inner: {} },
    });
  });

  it("fails without a call, with two, and without text", async () => {
    const call = { name: "response", fragments: ['{"a":1}'] };
    const A = z.object({ a: z.int() });
    const found = [];
    for (const [mode, outcome] of [
      ["tools", { text: ["No."] }],
      ["tools", { toolCalls: [{ ...call, name: "other" }] }],
      ["tools", { toolCalls: [call, call] }],
      ["json", { text: [] }],
      ["md_json", { text: ["No."] }],
    ] as const) {
      const { items, error } = await readStream(open(mode, outcome, A));
      found.push([items, (error as InstructorRetryError).issues.map(({ code }) => code)]);
    }
    expect(found).toEqual([
      [[], ["no_tool_call"]],
      [[], ["no_tool_call"]],
      [[{ a: 1 }], ["multiple_tool_calls"]],
      [[], ["no_json"]],
      [[], ["no_json"]],
    ]);
  });

  it("runs the checks of each part once", async () => {
    const ran: unknown[] = [];
    const seen = (name: string) => (value: unknown) => {
      ran.push([name, value]);
      return true;
    };
    const responseModel = z
      .object({ a: z.string().refine(seen("a")), list: z.array(z.int().refine(seen("item"))) })
      .refine(seen("whole"));
    const text = '{"a":"xyz","list":[1,2]}';
    await readPartials(open("tools", answerIn("tools", piecesOf(text, 1)), responseModel));
    expect(ran).toEqual([
      ["a", "xyz"],
      ["item", 1],
      ["item", 2],
      ["whole", { a: "xyz", list: [1, 2] }],
    ]);
  });

  it("gives on what a check throws, as it is", async () => {
    const broken = new RangeError("the check itself is broken");
    const responseModel = z.object({
      a: z.int().refine(() => {
        throw broken;
      }),
      b: z.int(),
    });
    const { error } = await readStream(open("tools", answerIn("tools", ['{"a":1,', '"b":2}']), responseModel));
    expect(error).toBe(broken);
  });

  describe("parallel_tools mode", () => {
    const City = z.object({ type: z.literal("city"), name: z.string() });
    const Lake = z.object({ type: z.literal("lake"), depth: z.number().transform((depth) => `${depth} m`) });
    const Places = z.array(z.discriminatedUnion("type", [City, Lake]));
    const city = { name: "city", fragments: ['{"type":"city",', '"name":"Be', 'rn"}'] };
    const lake = { name: "lake", fragments: ['{"type":"lake",', '"depth":310}'] };

    it("shows the calls side by side as they grow", async () => {
      const stream = open("parallel_tools", { toolCalls: [city, lake] }, Places);
      const { partials, value } = await readPartials(stream);
      const partial = (name: string | undefined, ...rest: unknown[]) => [
        { type: "city", ...(name === undefined ? {} : { name }) },
        ...rest,
      ];
      expect(partials).toEqual([
        partial(undefined),
        partial(undefined, { type: "lake" }),
        partial("Be", { type: "lake" }),
        partial("Be", { type: "lake", depth: 310 }),
        partial("Bern", { type: "lake", depth: 310 }),
      ]);
      expect(value).toEqual([
        { type: "city", name: "Bern" },
        { type: "lake", depth: "310 m" },
      ]);
    });

    it("shows a call before another that has nothing yet", async () => {
      const late = { name: "lake", fragments: ["", "", ...lake.fragments] };
      const { partials } = await readPartials(open("parallel_tools", { toolCalls: [late, city] }, Places));
      expect(partials[0]).toEqual([undefined, { type: "city" }]);
    });

    it("fails at the first call that is wrong, with its place", async () => {
      const found = [];
      for (const toolCalls of [
        [city, { name: "lake", fragments: ['{"type":"lake","depth":"deep"', "}"] }],
        [city, { name: "river", fragments: ["{}"] }],
        [city, { name: "lake", fragments: ["{'type'", ":1}"] }],
        [city, { name: "lake", fragments: ['{"type":"lake"'] }],
      ]) {
        const { error } = await readStream(open("parallel_tools", { toolCalls }, Places));
        found.push((error as InstructorRetryError).issues.map(({ path, code }) => ({ path, code })));
      }
      expect(found).toEqual([
        [{ path: [1, "depth"], code: "invalid_type" }],
        [{ path: [1], code: "unknown_function" }],
        [{ path: [1], code: "invalid_json" }],
        [{ path: [1], code: "invalid_json" }],
      ]);
      const none = await readStream(open("parallel_tools", { text: ["None."] }, Places));
      expect(none.error).toMatchObject({ issues: [{ path: [], code: "no_tool_call" }] });
    });

    it.each([
      // The opening, two headers, and for the second the first fragments of both.
      ["an unknown function", { name: "river", fragments: ["{", "}"] }, 3, "unknown_function"],
      ["malformed arguments", { name: "lake", fragments: ["{'type'", ":1}"] }, 5, "invalid_json"],
    ])("fails at %s before the server sends more", async (_name, wrong, events, code) => {
      const model = nextModel();
      const stream = open("parallel_tools", { toolCalls: [city, wrong], fault: "gated" }, Places, model);
      const reading = readStream(stream);
      await sendEvents(server.gate(model), events);
      expect((await reading).error).toMatchObject({ issues: [{ path: [1], code }] });
      expect(await (await server.arrived(model)).ended).toBe("left");
    });

    it("holds the list itself to its bounds", async () => {
      const { items, error } = await readStream(open("parallel_tools", { toolCalls: [city] }, Places.min(2)));
      expect(items.at(-1)).toEqual([{ type: "city", name: "Bern" }]);
      expect(error).toMatchObject({ issues: [{ path: [], code: "too_small" }] });
    });
  });
});

describe("the two majors of openai", () => {
  const Rows = z.object({ rows: z.array(z.object({ id: z.int(), name: z.string(), note: z.string() })) });

  it.each([
    ["400 items in some 1,500 deltas", 400, 20, undefined],
    ["4 items, byte by byte", 4, 5, "bytes"],
  ] as const)(
    "give the same partials, one for each delta that tells something: %s",
    async (_name, size, width, fault) => {
      const rows = makeRows(size);
      const pieces = piecesOf(JSON.stringify({ rows }), width);
      const sequences: (readonly unknown[])[] = [];
      for (const [, OpenAI] of OPENAI_MAJORS) {
        const model = nextModel();
        server.answer(model, answerIn("tools", pieces, fault && { fault }));
        const stream = instructorOf(server, OpenAI).createPartial({ responseModel: Rows, messages: MESSAGES, model });
        const { partials, value } = await readPartials(stream);
        expect(value).toEqual({ rows });
        sequences.push(partials);
      }
      const [one = [], other = []] = sequences;
      expect(one.map((partial) => JSON.stringify(partial))).toEqual(other.map((partial) => JSON.stringify(partial)));
      // Only a piece that ends within a key, or between values, tells nothing.
      expect(one.length).toBeGreaterThan(pieces.length * 0.5);
      const counts = one.map((partial) => (partial as { rows?: unknown[] }).rows?.length ?? 0);
      expect(new Set(counts.filter((found) => found > 0))).toEqual(
        new Set(Array.from({ length: size }, (_, at) => at + 1)),
      );
    },
    60_000,
  );
});
