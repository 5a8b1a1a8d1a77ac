import { trace } from "@opentelemetry/api";

import { InvalidOptionError, fromOpenAI } from "../../lib/instructor/index.js";
import type { HookName, Instructor, InstructorHooks } from "../../lib/instructor/index.js";
import type OpenAI from "openai";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import { macrotask, useTraces } from "../support/traces.js";
import { ADA, AGE_ISSUE, MESSAGES, RIGHT, User, WRONG, calls, rejection, useRig } from "./extraction-rig.js";

const rig = useRig();
const traces = useTraces();
const invalid = calls(["response", WRONG]);
const valid = calls(["response", RIGHT]);
const ask = { responseModel: User, messages: MESSAGES };
const NAMES: readonly HookName[] = [
  "completion:kwargs",
  "completion:response",
  "completion:error",
  "completion:last_attempt",
  "parse:error",
];

/** All that the hooks of an instructor are told from now on. */
function listen(instructor: Instructor<OpenAI>): [name: string, event: Record<string, unknown>][] {
  const seen: [string, Record<string, unknown>][] = [];
  for (const name of NAMES) instructor.on(name, (event) => seen.push([name, { ...event }]));
  return seen;
}

const completion = (id: number): unknown => expect.objectContaining({ id: `chatcmpl-${id}` });
const of = (attempt: number, maxAttempts: number, isLastAttempt: boolean): object => ({
  attempt,
  maxAttempts,
  isLastAttempt,
});

describe.each(OPENAI_MAJORS)("hooks, %s", (_major, Class) => {
  it("are told of a valid answer", async () => {
    const instructor = rig.instructor([valid], {}, Class);
    const seen = listen(instructor);
    await instructor.create(ask);
    expect(seen).toEqual([
      ["completion:kwargs", { ...of(1, 3, false), kwargs: rig.bodies[0] }],
      ["completion:response", { ...of(1, 3, false), response: completion(1) }],
    ]);
  });

  it("are told of every attempt, its number and whether it is the last", async () => {
    const instructor = rig.instructor([invalid], { maxRetries: 1 }, Class);
    const seen = listen(instructor);
    const error = await rejection(instructor.create(ask));
    expect(seen).toEqual([
      ["completion:kwargs", { ...of(1, 2, false), kwargs: rig.bodies[0] }],
      ["completion:response", { ...of(1, 2, false), response: completion(1) }],
      ["parse:error", { ...of(1, 2, false), issues: [AGE_ISSUE] }],
      ["completion:kwargs", { ...of(2, 2, true), kwargs: rig.bodies[1] }],
      ["completion:response", { ...of(2, 2, true), response: completion(2) }],
      ["parse:error", { ...of(2, 2, true), issues: [AGE_ISSUE] }],
      ["completion:last_attempt", { ...of(2, 2, true), error }],
    ]);
    expect(seen.at(-1)?.[1]["error"]).toBe(error);
  });

  it("are told that an attempt was the last where the tokens are used up", async () => {
    const instructor = rig.instructor([invalid], {}, Class);
    const seen = listen(instructor);
    const error = await rejection(instructor.create({ ...ask, maxTotalTokens: 18 }));
    expect(seen.slice(1)).toEqual([
      ["completion:response", { ...of(1, 3, false), response: completion(1) }],
      ["parse:error", { ...of(1, 3, true), issues: [AGE_ISSUE] }],
      ["completion:last_attempt", { ...of(1, 3, true), error }],
    ]);
  });

  it.each<[string, Outcome, boolean]>([
    ["an API error", { status: 400 }, false],
    ["a refusal", { refusal: ["No."] }, true],
    ["a cut-off answer", { text: ["{"], finish: "length" }, true],
    ["a filtered answer", { text: [""], finish: "content_filter" }, true],
  ])("are told of %s, which is not asked again", async (_name, outcome, isAnswer) => {
    const instructor = rig.instructor([outcome], {}, Class);
    const seen = listen(instructor);
    const error = await rejection(instructor.create(ask));
    expect(seen).toEqual([
      ["completion:kwargs", { ...of(1, 3, false), kwargs: rig.bodies[0] }],
      ...(isAnswer ? [["completion:response", { ...of(1, 3, false), response: completion(1) }]] : []),
      ["completion:error", { ...of(1, 3, true), error }],
      ["completion:last_attempt", { ...of(1, 3, true), error }],
    ]);
    expect(seen.slice(-2).map(([, event]) => event["error"] === error)).toEqual([true, true]);
  });

  it("are told of what a refinement throws", async () => {
    const reason = new Error("down");
    const instructor = rig.instructor([valid], {}, Class);
    const seen = listen(instructor);
    const responseModel = User.refine(() => {
      throw reason;
    });
    await rejection(instructor.create({ ...ask, responseModel }));
    expect(seen.map(([name, event]) => [name, event["error"]])).toEqual([
      ["completion:kwargs", undefined],
      ["completion:response", undefined],
      ["completion:error", reason],
      ["completion:last_attempt", reason],
    ]);
  });

  it("are given the client's own completion", async () => {
    const instructor = rig.instructor([valid], {}, Class);
    const seen = listen(instructor);
    const [, given] = await instructor.createWithCompletion(ask);
    expect(seen[1]?.[1]["response"]).toBe(given);
  });
});

describe("hooks", () => {
  it("of the client come before those of the call, in the order they were added, each once", async () => {
    const instructor = rig.instructor([valid]);
    const order: string[] = [];
    const first = (): void => void order.push("first");
    const own: InstructorHooks = { "completion:response": () => order.push("own") };
    expect(instructor.on("completion:response", first)).toBe(instructor);
    instructor.on("completion:response", () => order.push("second")).on("completion:response", first);
    await instructor.create({ ...ask, hooks: own });
    expect(order).toEqual(["first", "second", "own"]);
    await instructor.create(ask);
    expect(order.slice(3)).toEqual(["first", "second"]);
  });

  it("of a call are those of that call only, and may be left undefined", async () => {
    const seen = jest.fn();
    const instructor = rig.instructor([valid]);
    const hooks = { "completion:response": seen, "parse:error": undefined } as unknown as InstructorHooks;
    await Promise.all([instructor.create({ ...ask, hooks }), instructor.create(ask)]);
    expect(seen).toHaveBeenCalledTimes(1);
  });

  it("can be taken off, by themselves too, and one that is not there is no error", async () => {
    const instructor = rig.instructor([valid]);
    const order: string[] = [];
    const once = (): void => {
      order.push("once");
      instructor.off("completion:response", once);
    };
    instructor.on("completion:response", once).on("completion:response", () => order.push("always"));
    expect(instructor.off("completion:kwargs", once)).toBe(instructor);
    await instructor.create(ask);
    await instructor.create(ask);
    expect(order).toEqual(["once", "always", "always"]);
  });

  it("of one instructor hear nothing of another's, of one client too", async () => {
    const client = rig.client();
    const model = rig.model(valid);
    const seen = listen(fromOpenAI(client, { model }));
    await fromOpenAI(client, { model }).create(ask);
    expect(seen).toEqual([]);
  });

  it("that throw or reject are contained, counted and said, and the others run", async () => {
    const instructor = rig.instructor([invalid, valid]);
    const seen: string[] = [];
    for (const name of NAMES) {
      instructor.on(name, () => {
        throw new Error(`thrown by ${name}`);
      });
      instructor.on(name, async () => Promise.reject(new Error("rejected")));
      instructor.on(name, () => ({
        get then() {
          throw new Error("no thenable");
        },
      }));
      instructor.on(name, () => seen.push(name));
    }
    await expect(instructor.create(ask)).resolves.toEqual(ADA);
    await macrotask();
    expect(seen).toEqual([
      "completion:kwargs",
      "completion:response",
      "parse:error",
      "completion:kwargs",
      "completion:response",
    ]);
    expect(traces.current.faults).toEqual({ SPANDREL_HOOK_FAILED: 15 });
    expect(traces.current.lines).toEqual([
      "spandrel: SPANDREL_HOOK_FAILED: a hook of completion:kwargs failed and was contained: Error: thrown by completion:kwargs\n",
    ]);
  });

  it("are not waited for", async () => {
    const instructor = rig.instructor([valid]);
    for (const name of NAMES) instructor.on(name, () => new Promise(() => undefined));
    await expect(instructor.create(ask)).resolves.toEqual(ADA);
  });

  it("that change the request change a copy of their own", async () => {
    const instructor = rig.instructor([invalid, valid]);
    const messages = [{ role: "user" as const, content: "Ada is 36." }];
    const metadata = { job: "1" };
    const seen: unknown[] = [];
    instructor.on("completion:kwargs", (event) => {
      const kwargs = event.kwargs as unknown as Record<string, Record<string, unknown>[]>;
      kwargs["messages"]![0]!["content"] = "changed";
      kwargs["messages"]!.push({});
      kwargs["tools"]![0]!["function"] = { name: "changed" };
      kwargs["metadata"] = [];
      Object.assign(kwargs, { model: "changed", temperature: 2 });
      (event as { attempt: number }).attempt = 7;
    });
    instructor.on("completion:kwargs", ({ kwargs, attempt }) => seen.push([attempt, kwargs]));
    await instructor.create({ responseModel: User, messages, metadata });
    await instructor.create({ responseModel: User, messages, metadata });
    const [first, second, third] = rig.bodies;
    expect(seen).toEqual([
      [1, first],
      [2, second],
      [1, third],
    ]);
    expect(third).toEqual(first);
    expect(first).toMatchObject({
      model: "gpt",
      messages: MESSAGES,
      metadata: { job: "1" },
      tools: [{ function: { name: "response" } }],
    });
    expect(first).not.toHaveProperty("temperature");
    expect(messages).toEqual(MESSAGES);
    expect(traces.current.faults).toEqual({});
  });

  it("run in the context of the extraction's span", async () => {
    const instructor = rig.instructor([invalid, { status: 400 }]);
    const ids: unknown[] = [];
    for (const name of NAMES) instructor.on(name, () => ids.push([name, trace.getActiveSpan()?.spanContext().spanId]));
    await rejection(instructor.create(ask));
    const { spanId } = traces.current.span("instructor.create").spanContext();
    const order = ["completion:kwargs", "completion:response", "parse:error", "completion:kwargs"];
    expect(ids).toEqual([...order, "completion:error", "completion:last_attempt"].map((name) => [name, spanId]));
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it("have one of five names, and are functions", async () => {
    const instructor = rig.instructor([valid]);
    const expected =
      'expected the hook\'s name to be one of completion:kwargs, completion:response, completion:error, completion:last_attempt, parse:error, got "completion:done" (string)';
    for (const register of [
      () => instructor.on("completion:done" as HookName, () => undefined),
      () => instructor.off("completion:done" as HookName, () => undefined),
    ]) {
      expect(register).toThrow(InvalidOptionError);
      expect(register).toThrow(expected);
    }
    expect(() => instructor.on("parse:error", 7 as never)).toThrow(
      "expected the hook of parse:error to be a function, got 7",
    );
    const hooks = { "completion:done": () => undefined } as InstructorHooks;
    const error = await rejection(instructor.create({ ...ask, hooks }));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toContain(expected);
    expect(await rejection(instructor.create({ ...ask, hooks: { "parse:error": "x" } as never }))).toMatchObject({
      option: "the hook of parse:error",
    });
    expect(rig.requests).toEqual([]);
  });
});
