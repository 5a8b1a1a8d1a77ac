import OpenAI from "openai";
import * as chat7 from "openai/resources/chat/completions/completions";
import * as chat6 from "openai-6/resources/chat/completions/completions";
import * as z from "zod";
import * as mini from "zod/mini";
import * as z3 from "zod/v3";
import type { $ZodType } from "zod/v4/core";

import { SchemaError, fromOpenAI } from "../../lib/instructor/index.js";
import type { InstructorMode } from "../../lib/instructor/index.js";
import { OPENAI_INSTRUMENT, traceOpenAI } from "../../lib/openai/index.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { macrotask, useTraces } from "../support/traces.js";
import { ADA, MESSAGES, RIGHT, User, answersIn, calls, rejection, says, useRig } from "./extraction-rig.js";

const rig = useRig();
const traces = useTraces();

const text = { type: "string" };
const number = { type: "number" };
const open = (properties: object, required = Object.keys(properties)): object => ({
  type: "object",
  properties,
  required,
});
const closed = (properties: object): object => ({ ...open(properties), additionalProperties: false });
const a = z.object({ kind: z.literal("a"), x: z.string() });
const b = z.object({ kind: z.literal("b"), y: z.number() });
const kind = (value: string): object => ({ type: "string", const: value });
const tag = (value: string): object => ({ type: "string", enum: [value] });

interface Root {
  readonly schema: $ZodType;
  readonly plain: object;
  readonly strict: object;
  /** What the model answers, as the API keeps it to the schema. */
  readonly wire: string;
  readonly strictWire?: string;
  readonly value: unknown;
}

const ROOTS: Readonly<Record<string, Root>> = {
  object: {
    schema: User,
    plain: open({ name: text, age: number }),
    strict: closed({ name: text, age: number }),
    wire: RIGHT,
    value: ADA,
  },
  "object with what may be missing": {
    schema: z.object({ name: z.string(), nick: z.string().optional(), born: z.number().nullable() }),
    plain: open({ name: text, nick: text, born: { type: ["number", "null"] } }, ["name", "born"]),
    strict: closed({
      name: text,
      nick: { type: ["string", "null"] },
      born: { type: ["number", "null"] },
    }),
    wire: '{"name":"Ada","born":null}',
    strictWire: '{"name":"Ada","nick":null,"born":null}',
    value: { name: "Ada", born: null },
  },
  array: {
    schema: z.array(z.string()),
    plain: open({ items: { type: "array", items: text } }),
    strict: closed({ items: { type: "array", items: text } }),
    wire: '{"items":["Ada","Bob"]}',
    value: ["Ada", "Bob"],
  },
  union: {
    schema: z.union([z.string(), z.number()]),
    plain: open({ value: { type: ["string", "number"] } }),
    strict: closed({ value: { type: ["string", "number"] } }),
    wire: '{"value":36}',
    value: 36,
  },
  "discriminated union": {
    schema: z.discriminatedUnion("kind", [a, b]),
    plain: open({ value: { anyOf: [open({ kind: kind("a"), x: text }), open({ kind: kind("b"), y: number })] } }),
    strict: closed({ value: { anyOf: [closed({ kind: tag("a"), x: text }), closed({ kind: tag("b"), y: number })] } }),
    wire: '{"value":{"kind":"b","y":1}}',
    value: { kind: "b", y: 1 },
  },
  enum: {
    schema: z.enum(["low", "high"]),
    plain: open({ value: { type: "string", enum: ["low", "high"] } }),
    strict: closed({ value: { type: "string", enum: ["low", "high"] } }),
    wire: '{"value":"high"}',
    value: "high",
  },
  primitive: {
    schema: z.boolean(),
    plain: open({ value: { type: "boolean" } }),
    strict: closed({ value: { type: "boolean" } }),
    wire: '{"value":false}',
    value: false,
  },
  nullable: {
    schema: z.nullable(z.number()),
    plain: open({ value: { type: ["number", "null"] } }),
    strict: closed({ value: { type: ["number", "null"] } }),
    wire: '{"value":null}',
    value: null,
  },
  "what a transform makes": {
    schema: z.object({ day: z.string().transform((day) => day.length) }).transform(({ day }) => ({ day })),
    plain: open({ day: text }),
    strict: closed({ day: text }),
    wire: '{"day":"Monday"}',
    value: { day: 6 },
  },
};

const JSON_PLEA = "Answer with one JSON object and nothing else. It has to be valid by this JSON Schema:";
const MARKDOWN_PLEA = "Answer with one JSON object in a ```json code block. It has to be valid by this JSON Schema:";
const told = (plea: string, schema: object): object => ({
  role: "system",
  content: `${plea}\n${JSON.stringify(schema)}`,
});

/** What a request has beside its model. */
const REQUESTS: Readonly<Record<Exclude<InstructorMode, "parallel_tools">, (root: Root) => object>> = {
  tools: ({ plain }) => ({
    messages: MESSAGES,
    tools: [{ type: "function", function: { name: "response", parameters: plain } }],
    tool_choice: { type: "function", function: { name: "response" } },
  }),
  json_schema: ({ strict }) => ({
    messages: MESSAGES,
    response_format: { type: "json_schema", json_schema: { name: "response", schema: strict, strict: true } },
  }),
  json: ({ plain }) => ({
    messages: [told(JSON_PLEA, plain), ...MESSAGES],
    response_format: { type: "json_object" },
  }),
  md_json: ({ plain }) => ({ messages: [told(MARKDOWN_PLEA, plain), ...MESSAGES] }),
};
const SINGLE_MODES = Object.keys(REQUESTS) as (keyof typeof REQUESTS)[];

describe.each(OPENAI_MAJORS)("%s", (_major, Class) => {
  describe.each(SINGLE_MODES)("mode %s", (mode) => {
    it.each(Object.entries(ROOTS))("asks for and gives a value of the root: %s", async (_name, root) => {
      const wire = mode === "json_schema" ? (root.strictWire ?? root.wire) : root.wire;
      const instructor = rig.instructor([answersIn(mode, wire)], { mode }, Class);
      const value = await instructor.create({ responseModel: root.schema, messages: MESSAGES });
      expect(value).toStrictEqual(root.value);
      expect(rig.bodies).toStrictEqual([{ model: "gpt", ...REQUESTS[mode](root) }]);
    });
  });

  it("names and describes the function by the schema's meta", async () => {
    const Named = User.meta({ title: "A user", description: "Somebody" });
    for (const mode of ["tools", "json_schema"] as const) {
      const instructor = rig.instructor([answersIn(mode, RIGHT, "A_user")], { mode }, Class);
      await expect(instructor.create({ responseModel: Named, messages: MESSAGES })).resolves.toEqual(ADA);
    }
    expect(rig.bodies.map(({ tools, tool_choice, response_format }) => [tools, tool_choice, response_format])).toEqual([
      [
        [
          {
            type: "function",
            function: {
              name: "A_user",
              description: "Somebody",
              parameters: { title: "A user", description: "Somebody", ...ROOTS["object"]?.plain },
            },
          },
        ],
        { type: "function", function: { name: "A_user" } },
        undefined,
      ],
      [
        undefined,
        undefined,
        {
          type: "json_schema",
          json_schema: {
            name: "A_user",
            description: "Somebody",
            schema: { title: "A user", description: "Somebody", ...ROOTS["object"]?.strict },
            strict: true,
          },
        },
      ],
    ]);
  });

  it("tells the schema in the first message where that is the system's or the developer's", async () => {
    const plea = `${JSON_PLEA}\n${JSON.stringify(ROOTS["object"]?.plain)}`;
    const instructor = rig.instructor([says(RIGHT)], { mode: "json" }, Class);
    const parts = [{ type: "text" as const, text: "Be brief." }];
    for (const first of [
      { role: "system" as const, content: "Be brief." },
      { role: "developer" as const, content: "Be brief." },
      { role: "system" as const, content: parts },
    ]) {
      await instructor.create({ responseModel: User, messages: [first, ...MESSAGES] });
    }
    const late = { role: "system" as const, content: "Be brief." };
    await instructor.create({ responseModel: User, messages: [...MESSAGES, late] });
    await instructor.create({ responseModel: User, messages: [] });
    expect(rig.messages).toEqual([
      [{ role: "system", content: `Be brief.\n\n${plea}` }, ...MESSAGES],
      [{ role: "developer", content: `Be brief.\n\n${plea}` }, ...MESSAGES],
      [{ role: "system", content: [...parts, { type: "text", text: plea }] }, ...MESSAGES],
      [{ role: "system", content: plea }, ...MESSAGES, late],
      [{ role: "system", content: plea }],
    ]);
  });

  it("sends every other parameter as it is, and the request's own options", async () => {
    const instructor = rig.instructor([calls(["response", RIGHT])], {}, Class);
    await instructor.create({
      responseModel: User,
      messages: MESSAGES,
      temperature: 0.5,
      top_p: 0.9,
      metadata: { job: "1" },
      requestOptions: { headers: { "x-job": "one" }, query: { version: "2" } },
    });
    expect(rig.bodies).toEqual([
      {
        model: "gpt",
        ...REQUESTS.tools(ROOTS["object"] as Root),
        temperature: 0.5,
        top_p: 0.9,
        metadata: { job: "1" },
      },
    ]);
    expect(rig.requests[0]?.headers["x-job"]).toBe("one");
  });

  it("asks the model of the call rather than that of the client", async () => {
    const instructor = rig.instructor([says("")], {}, Class);
    const model = rig.model(calls(["response", RIGHT]));
    await expect(instructor.create({ model, responseModel: User, messages: MESSAGES })).resolves.toEqual(ADA);
    await expect(
      fromOpenAI(rig.client(Class)).create({ model, responseModel: User, messages: MESSAGES }),
    ).resolves.toEqual(ADA);
    expect(rig.bodies.map((body) => body["model"])).toEqual([model, model]);
  });

  it("gives the client's own completion, untouched, after retries too", async () => {
    const client = rig.client(Class);
    const create = jest.spyOn(client.chat.completions, "create");
    const model = rig.model(calls(["response", "{}"]), calls(["response", RIGHT]));
    const [value, completion] = await fromOpenAI(client).createWithCompletion({
      model,
      responseModel: User,
      messages: MESSAGES,
    });
    expect(value).toEqual(ADA);
    const [, second] = await Promise.all(create.mock.results.map(({ value: promise }) => promise as Promise<unknown>));
    expect(completion).toBe(second);
    // What a plain client makes of the same answer, ids aside: they count the server's requests.
    const plain = await rig.client(Class).chat.completions.create({ model, messages: MESSAGES });
    expect(completion).toStrictEqual({ ...plain, id: "chatcmpl-2" });
    expect(Object.keys(completion)).toEqual(Object.keys(plain));
    expect(completion._request_id).toBe("req_2");
    expect(completion.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 });
  });

  describe("parallel_tools", () => {
    const Weather = z.object({ city: z.string() }).meta({ title: "get weather" });
    const Time = z.object({ kind: z.literal("get_time"), zone: z.string() });
    const Other = z.object({ x: z.number() });
    const asked = (name: string, parameters: object): object => ({
      type: "function",
      function: { name, parameters },
    });

    it("asks for one function per member and gives a list of the union", async () => {
      const schema = z.array(z.union([Weather, Time, Other]));
      const outcome = calls(
        ["get_time", '{"kind":"get_time","zone":"CET"}'],
        ["function_3", '{"x":1}'],
        ["get_weather", '{"city":"Bern"}'],
      );
      const instructor = rig.instructor([outcome], { mode: "parallel_tools" }, Class);
      await expect(instructor.create({ responseModel: schema, messages: MESSAGES })).resolves.toStrictEqual([
        { kind: "get_time", zone: "CET" },
        { x: 1 },
        { city: "Bern" },
      ]);
      expect(rig.bodies).toStrictEqual([
        {
          model: "gpt",
          messages: MESSAGES,
          tools: [
            asked("get_weather", { title: "get weather", ...open({ city: text }) }),
            asked("get_time", open({ kind: kind("get_time"), zone: text })),
            asked("function_3", open({ x: number })),
          ],
          tool_choice: "required",
        },
      ]);
    });

    it("keeps names apart, and takes members of unions within unions and a lone member", async () => {
      const long = "n".repeat(64);
      const named = (title: string): z.ZodType => z.object({ x: z.number() }).meta({ title });
      const schemas = [
        z.array(z.union([named("same"), named("same"), named("same"), named(long), named(long)])),
        z.array(z.union([z.discriminatedUnion("kind", [a, b]), Other])),
        z.array(Other),
      ];
      const instructor = rig.instructor([calls()], { mode: "parallel_tools", maxRetries: 0 }, Class);
      for (const responseModel of schemas) await rejection(instructor.create({ responseModel, messages: MESSAGES }));
      const names = rig.bodies.map(({ tools }) =>
        (tools as { function: { name: string } }[]).map((one) => one.function.name),
      );
      expect(names).toEqual([
        ["same", "same_2", "same_3", long, `${"n".repeat(60)}_2`],
        ["a", "b", "function_3"],
        ["function_1"],
      ]);
    });

    it("takes a null for a missing property of a call", async () => {
      const schema = z.array(z.object({ x: z.number(), note: z.string().optional() }));
      const outcome = calls(["function_1", '{"x":1,"note":null}']);
      const instructor = rig.instructor([outcome], { mode: "parallel_tools", maxRetries: 0 }, Class);
      await expect(instructor.create({ responseModel: schema, messages: MESSAGES })).resolves.toStrictEqual([{ x: 1 }]);
    });

    it("holds the list to its own bounds and refinements, over values that are valid already", async () => {
      const schema = z
        .array(z.object({ n: z.string().transform(Number) }))
        .max(1)
        .refine((list) => list.every(({ n }) => n > 1), "too small");
      const instructor = rig.instructor(
        [
          calls(["function_1", '{"n":"1"}'], ["function_1", '{"n":"5"}']),
          calls(["function_1", '{"n":"1"}']),
          calls(["function_1", '{"n":"5"}']),
        ],
        { mode: "parallel_tools" },
        Class,
      );
      await expect(instructor.create({ responseModel: schema, messages: MESSAGES })).resolves.toEqual([{ n: 5 }]);
      expect(rig.requests).toHaveLength(3);
    });
  });
});

describe("a client", () => {
  const tree = [{ name: "instructor.create", kind: "spandrel", children: [{ name: "chat gpt", kind: "spandrel" }] }];

  it.each(OPENAI_MAJORS)("of %s is traced for the extraction only", async (_major, Class) => {
    const client = rig.client(Class);
    const { create } = client.chat.completions;
    const instructor = fromOpenAI(client, { model: rig.model(calls(["response", RIGHT])) });
    fromOpenAI(client);
    await instructor.create({ responseModel: User, messages: MESSAGES });
    expect(traces.current.tree()).toEqual(tree);
    expect(client.chat.completions.create).toBe(create);
    await client.chat.completions.create({ model: "text", messages: MESSAGES });
    await macrotask();
    expect(traces.current.tree()).toEqual(tree);
  });

  it.each(OPENAI_MAJORS)(
    "of %s that is traced by hand, before or after, has one span a call",
    async (_major, Class) => {
      for (const isBefore of [true, false]) {
        traces.current.reset();
        const client = rig.client(Class);
        const model = "gpt";
        rig.server.answer(model, calls(["response", RIGHT]));
        const instructor = isBefore ? fromOpenAI(traceOpenAI(client), { model }) : fromOpenAI(client, { model });
        if (!isBefore) traceOpenAI(client);
        await instructor.create({ responseModel: User, messages: MESSAGES });
        expect(traces.current.tree()).toEqual(tree);
      }
    },
  );

  it.each(OPENAI_MAJORS)("of %s that is traced by class has one span a call", async (major, Class) => {
    const undo = OPENAI_INSTRUMENT.enable([major === "openai 7" ? chat7 : chat6]);
    try {
      await rig.instructor([calls(["response", RIGHT])], {}, Class).create({ responseModel: User, messages: MESSAGES });
      expect(traces.current.tree()).toEqual(tree);
    } finally {
      undo();
    }
  });

  it("is called by the method that it has by then", async () => {
    const client = rig.client();
    const instructor = fromOpenAI(client, { model: rig.model(calls(["response", RIGHT])) });
    const create = jest.spyOn(client.chat.completions, "create");
    await expect(instructor.create({ responseModel: User, messages: MESSAGES })).resolves.toEqual(ADA);
    expect(create).toHaveBeenCalledTimes(1);
    expect(create.mock.contexts).toEqual([client.chat.completions]);
    expect(traces.current.tree()).toEqual(tree);
  });

  it("has one span an attempt, whatever its own retries", async () => {
    const model = rig.model(
      { status: 500, retryAfterMillis: 1 },
      calls(["response", "{}"]),
      calls(["response", RIGHT]),
    );
    const client = rig.client(OpenAI, { maxRetries: 1 });
    await fromOpenAI(client, { model }).create({ responseModel: User, messages: MESSAGES });
    expect(rig.requests).toHaveLength(3);
    const chat = { name: "chat gpt", kind: "spandrel" };
    expect(traces.current.tree()).toEqual([{ name: "instructor.create", kind: "spandrel", children: [chat, chat] }]);
  });
});

describe("schemas", () => {
  it("of zod/mini work like any other", async () => {
    const schema = mini.object({ name: mini.string(), age: mini.optional(mini.number()) });
    const instructor = rig.instructor([calls(["response", '{"name":1}']), calls(["response", '{"name":"Ada"}'])]);
    await expect(instructor.create({ responseModel: schema, messages: MESSAGES })).resolves.toEqual({ name: "Ada" });
    expect(rig.requests).toHaveLength(2);
  });

  const circular = z.object({ at: z.date() });
  const NO_SCHEMAS: readonly (readonly [string, InstructorMode, unknown])[] = [
    ...(["tools", "json_schema", "json", "md_json", "parallel_tools"] as const).flatMap((mode) => [
      [`a zod 3 schema in ${mode}`, mode, z3.object({ a: z3.string() })] as const,
      [`null in ${mode}`, mode, null] as const,
    ]),
    ["a zod 3 array in parallel_tools", "parallel_tools", z3.array(z3.object({ a: z3.string() }))],
    ["a date", "tools", circular],
    ["an open map in strict mode", "json_schema", z.record(z.string(), z.number())],
    ["an object in parallel_tools", "parallel_tools", User],
    ["a list of texts in parallel_tools", "parallel_tools", z.array(z.string())],
    ["a list of objects and texts in parallel_tools", "parallel_tools", z.array(z.union([User, z.string()]))],
  ];
  it.each(NO_SCHEMAS)(
    "that cannot be asked for are refused before anything is sent: %s",
    async (_name, mode, schema) => {
      const instructor = rig.instructor([says("{}")], { mode });
      const hook = jest.fn();
      instructor.on("completion:kwargs", hook).on("completion:last_attempt", hook);
      const options = { responseModel: schema as $ZodType, messages: MESSAGES };
      for (const promise of [instructor.create(options), instructor.createWithCompletion(options)]) {
        const error = await rejection(promise);
        expect(error).toBeInstanceOf(SchemaError);
        expect(error).toMatchObject({ code: "SPANDREL_SCHEMA_UNSUPPORTED" });
      }
      expect(rig.requests).toEqual([]);
      expect(hook).not.toHaveBeenCalled();
      expect(traces.current.spans).toEqual([]);
    },
  );

  it("are read once per client, not at every call", async () => {
    const read = jest.fn();
    const Lazy = z.object({
      a: z.lazy(() => {
        read();
        return z.string();
      }),
    });
    const instructor = rig.instructor([calls(["response", '{"a":"x"}'])]);
    for (let count = 0; count < 3; count++) await instructor.create({ responseModel: Lazy, messages: MESSAGES });
    const [first, second, third] = rig.bodies;
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    const stringify = jest.spyOn(JSON, "stringify");
    await instructor.create({ responseModel: Lazy, messages: MESSAGES });
    expect(stringify.mock.calls.filter(([value]) => Array.isArray(value) && value[0]?.type === "function")).toEqual([]);
    stringify.mockRestore();
  });
});
