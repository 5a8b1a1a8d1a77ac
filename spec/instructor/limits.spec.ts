import OpenAI from "openai";
import OpenAI6 from "openai-6";

import { InstructorRetryError, extractionOf, fromOpenAI } from "../../lib/instructor/index.js";
import type { LlmRequest } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import { macrotask, useStillClock } from "../support/traces.js";
import {
  AGE_ISSUE,
  ADA,
  MESSAGES,
  ONE_ANSWER,
  RIGHT,
  User,
  WRONG,
  calls,
  rejection,
  says,
  useRig,
} from "./extraction-rig.js";

const rig = useRig();
const invalid = calls(["response", WRONG]);
const valid = calls(["response", RIGHT]);
const ask = { responseModel: User, messages: MESSAGES };
const NO_TOKENS = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

const times = (count: number, one: typeof ONE_ANSWER): object => ({
  inputTokens: one.inputTokens * count,
  outputTokens: one.outputTokens * count,
  totalTokens: one.totalTokens * count,
});

/** Only what limits are made of; the loopback server needs the rest. */
function useFakeTimers(): void {
  jest.useFakeTimers({
    doNotFake: ["Date", "hrtime", "nextTick", "queueMicrotask", "setImmediate", "clearImmediate", "setInterval"],
  });
}
afterEach(() => jest.useRealTimers());

/** Whether it is over after a turn, and how. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  promise.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  for (let turn = 0; turn < 5; turn++) await macrotask();
  return isOver;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await macrotask();
}

/** A promise that is settled by hand. */
function gate(): { readonly promise: Promise<boolean>; readonly open: (value: boolean) => void } {
  let open = (_: boolean): void => undefined;
  const promise = new Promise<boolean>((resolve) => (open = resolve));
  return { promise, open };
}

describe("maxRetries", () => {
  it.each([0, 1, 3])("of %d is that many attempts after the first", async (maxRetries) => {
    const error = await rejection(rig.instructor([invalid]).create({ ...ask, maxRetries }));
    expect(error).toBeInstanceOf(InstructorRetryError);
    expect(error).toMatchObject({ reason: "max_retries", totalUsage: times(maxRetries + 1, ONE_ANSWER) });
    expect((error as InstructorRetryError).attempts.map(({ number }) => number)).toEqual(
      Array.from({ length: maxRetries + 1 }, (_, index) => index + 1),
    );
    expect(rig.requests).toHaveLength(maxRetries + 1);
  });

  it("is the client's where the call says nothing, and 2 where neither does", async () => {
    await rejection(rig.instructor([invalid]).create(ask));
    expect(rig.requests).toHaveLength(3);
    await rejection(rig.instructor([invalid], { maxRetries: 4 }).create(ask));
    expect(rig.requests).toHaveLength(3 + 5);
    await rejection(rig.instructor([invalid], { maxRetries: 4 }).create({ ...ask, maxRetries: 0 }));
    expect(rig.requests).toHaveLength(3 + 5 + 1);
  });

  it("of 0 still gives a valid answer, and more asks no more than it takes", async () => {
    await expect(rig.instructor([valid], { maxRetries: 0 }).create(ask)).resolves.toEqual(ADA);
    await expect(rig.instructor([invalid, valid], { maxRetries: 9 }).create(ask)).resolves.toEqual(ADA);
    expect(rig.requests).toHaveLength(3);
  });
});

describe("maxTotalTokens", () => {
  it.each([
    [1, 1],
    [18, 1],
    [19, 2],
    [36, 2],
    [37, 3],
  ])("of %d allows %d attempts of 18 each", async (maxTotalTokens, count) => {
    const error = await rejection(rig.instructor([invalid]).create({ ...ask, maxTotalTokens }));
    expect(rig.requests).toHaveLength(count);
    expect(error).toBeInstanceOf(InstructorRetryError);
    expect(error).toMatchObject({
      reason: count === 3 ? "max_retries" : "token_budget",
      totalUsage: times(count, ONE_ANSWER),
    });
  });

  it("takes no valid answer away", async () => {
    await expect(rig.instructor([invalid, valid]).create({ ...ask, maxTotalTokens: 19 })).resolves.toEqual(ADA);
  });
});

describe("timeoutMillis", () => {
  it("ends a request in flight", async () => {
    useFakeTimers();
    const promise = rig.instructor([{ fault: "hang" }]).create({ ...ask, timeoutMillis: 1000 });
    const failed = rejection(promise);
    const request = await rig.server.arrived("gpt");
    jest.advanceTimersByTime(999);
    expect(await isSettled(promise)).toBe(false);
    jest.advanceTimersByTime(1);
    const error = await failed;
    expect(error).toBeInstanceOf(InstructorRetryError);
    expect(error).toMatchObject({
      reason: "timeout",
      attempts: [{ number: 1, completion: undefined, usage: undefined, issues: [] }],
      lastCompletion: undefined,
      totalUsage: NO_TOKENS,
      messages: MESSAGES,
      issues: [],
      message:
        "SPANDREL_INSTRUCTOR_RETRY: no valid answer after 1 attempt: the time is up (timeoutMillis). " +
        "See attempts and issues of this error",
    });
    expect((error as Error).cause).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(await request.ended).toBe("left");
    expect(jest.getTimerCount()).toBe(0);
  });

  it("is for all attempts together", async () => {
    useFakeTimers();
    const promise = rig.instructor([invalid, { fault: "hang" }]).create({ ...ask, timeoutMillis: 1000 });
    const failed = rejection(promise);
    await rig.server.arrived("gpt", 1);
    jest.advanceTimersByTime(600);
    await rig.server.arrived("gpt", 2);
    jest.advanceTimersByTime(399);
    expect(await isSettled(promise)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await failed).toMatchObject({
      reason: "timeout",
      attempts: [
        { number: 1, usage: ONE_ANSWER, issues: [AGE_ISSUE] },
        { number: 2, usage: undefined, issues: [] },
      ],
      lastCompletion: { id: "chatcmpl-1" },
      totalUsage: ONE_ANSWER,
    });
  });

  it("ends a validation that goes on", async () => {
    useFakeTimers();
    const { promise: check, open } = gate();
    let isRunning = false;
    const responseModel = User.refine(() => {
      isRunning = true;
      return check;
    });
    const failed = rejection(rig.instructor([valid]).create({ ...ask, responseModel, timeoutMillis: 1000 }));
    await until(() => isRunning);
    jest.advanceTimersByTime(1000);
    expect(await failed).toMatchObject({
      reason: "timeout",
      attempts: [{ number: 1, usage: ONE_ANSWER, issues: [] }],
      lastCompletion: { id: "chatcmpl-1" },
      cause: { name: "TimeoutError" },
    });
    open(false);
    await macrotask();
    expect(rig.requests).toHaveLength(1);
  });

  it("asks nothing again once it is up between two attempts", async () => {
    useFakeTimers();
    const instructor = rig.instructor([invalid, valid]);
    instructor.on("parse:error", () => jest.advanceTimersByTime(1000));
    const error = await rejection(instructor.create({ ...ask, timeoutMillis: 1000 }));
    expect(error).toMatchObject({
      reason: "timeout",
      attempts: [{ number: 1, issues: [AGE_ISSUE] }],
      issues: [AGE_ISSUE],
    });
    expect(rig.requests).toHaveLength(1);
  });

  it("asks nothing again after a schema that has blocked for that long", async () => {
    const clock = useStillClock();
    const responseModel = User.refine(() => {
      clock.advance(1000);
      return false;
    });
    const instructor = rig.instructor([valid]);
    const ends: unknown[] = [];
    instructor.on("parse:error", ({ isLastAttempt }) => ends.push(isLastAttempt));
    const options = { ...ask, responseModel, timeoutMillis: 60_000 };
    expect(await rejection(instructor.create(options))).toMatchObject({ reason: "max_retries" });
    expect(await rejection(instructor.create({ ...options, timeoutMillis: 2000 }))).toMatchObject({
      reason: "timeout",
    });
    expect(rig.requests).toHaveLength(3 + 2);
    expect(ends).toEqual([false, false, true, false, true]);
  });

  it("may be longer than a timer can be", async () => {
    for (const timeoutMillis of [2 ** 31, Infinity]) {
      await expect(rig.instructor([invalid, valid]).create({ ...ask, timeoutMillis })).resolves.toEqual(ADA);
    }
  });

  it("is not the reason where the caller aborted first", async () => {
    useFakeTimers();
    const { promise: check } = gate();
    let isRunning = false;
    const controller = new AbortController();
    const responseModel = User.refine(() => {
      isRunning = true;
      return check;
    });
    const options = { ...ask, responseModel, timeoutMillis: 1000, signal: controller.signal };
    const failed = rejection(rig.instructor([valid]).create(options));
    await until(() => isRunning);
    const reason = new Error("no longer wanted");
    controller.abort(reason);
    jest.advanceTimersByTime(1000);
    expect(await failed).toBe(reason);
  });

  it("is the reason where the caller aborted after it", async () => {
    useFakeTimers();
    const controller = new AbortController();
    const failed = rejection(
      rig.instructor([{ fault: "hang" }]).create({ ...ask, timeoutMillis: 1000, signal: controller.signal }),
    );
    await rig.server.arrived("gpt");
    jest.advanceTimersByTime(1000);
    controller.abort(new Error("late"));
    expect(await failed).toMatchObject({ reason: "timeout" });
  });
});

describe.each(OPENAI_MAJORS)("signal, %s", (_major, Class) => {
  const reasons: readonly (readonly [string, unknown])[] = [
    ["an error", new RangeError("no longer wanted")],
    ["a text", "no longer wanted"],
    ["nothing", undefined],
  ];

  it.each(reasons)("aborted before, with %s: nothing is sent", async (_name, given) => {
    const signal = AbortSignal.abort(given);
    const instructor = rig.instructor([valid], {}, Class);
    const seen: unknown[] = [];
    instructor.on("completion:error", (event) => seen.push(event));
    const error = await rejection(instructor.create({ ...ask, signal }));
    expect(error).toBe(signal.reason);
    expect(rig.requests).toEqual([]);
    expect(seen).toEqual([{ attempt: 1, maxAttempts: 3, isLastAttempt: true, error }]);
  });

  it.each(reasons)("aborted in flight, with %s: the request ends", async (_name, given) => {
    const controller = new AbortController();
    const failed = rejection(
      rig.instructor([{ fault: "hang" }], {}, Class).create({ ...ask, signal: controller.signal }),
    );
    const request = await rig.server.arrived("gpt");
    controller.abort(given);
    const error = await failed;
    expect(error).toBe(controller.signal.reason);
    expect(await request.ended).toBe("left");
    if (typeof error !== "object") return;
    expect(extractionOf(error)).toEqual({
      attempts: [{ number: 1, completion: undefined, usage: undefined, issues: [] }],
      lastCompletion: undefined,
      totalUsage: NO_TOKENS,
      messages: MESSAGES,
      issues: [],
    });
  });

  it("aborted while the answer is coming in", async () => {
    const controller = new AbortController();
    const failed = rejection(
      rig.instructor([{ ...valid, fault: "gated" }], {}, Class).create({ ...ask, signal: controller.signal }),
    );
    const request = await rig.server.arrived("gpt");
    await macrotask();
    controller.abort(new Error("no longer wanted"));
    expect(await failed).toBe(controller.signal.reason);
    expect(await request.ended).toBe("left");
  });

  it("aborted while the schema runs, whatever that comes to", async () => {
    for (const isAsync of [true, false]) {
      const controller = new AbortController();
      const responseModel = User.refine(() => {
        controller.abort(new Error("no longer wanted"));
        return isAsync ? Promise.reject(new Error("unseen")) : true;
      });
      const instructor = rig.instructor([valid], {}, Class);
      const error = await rejection(instructor.create({ ...ask, responseModel, signal: controller.signal }));
      expect(error).toBe(controller.signal.reason);
      expect(extractionOf(error)).toMatchObject({ attempts: [{ usage: ONE_ANSWER, issues: [] }] });
    }
    expect(rig.requests).toHaveLength(2);
  });

  it("aborted by a hook of the answer, or between two attempts", async () => {
    for (const [name, outcome] of [
      ["completion:response", valid],
      ["completion:response", says("no call")],
      ["parse:error", invalid],
    ] as const) {
      const controller = new AbortController();
      const instructor = rig.instructor([outcome], { maxRetries: name === "parse:error" ? 1 : 0 }, Class);
      instructor.on(name, () => controller.abort(new Error("no longer wanted")));
      const error = await rejection(instructor.create({ ...ask, signal: controller.signal }));
      expect(error).toBe(controller.signal.reason);
    }
    expect(rig.requests).toHaveLength(3);
  });

  it("aborted while the client waits for a retry of its own", async () => {
    useFakeTimers();
    const controller = new AbortController();
    const model = rig.model({ status: 429, retryAfterMillis: 30_000 }, valid);
    const client = rig.client(Class, { maxRetries: 1 });
    const failed = rejection(fromOpenAI(client, { model }).create({ ...ask, signal: controller.signal }));
    await (
      await rig.server.arrived(model)
    ).ended;
    // The client's own timeout of the request is over, and its wait has begun.
    let quiet = 0;
    while (quiet < 20) quiet = jest.getTimerCount() === 1 ? quiet + (await macrotask(), 1) : (await macrotask(), 0);
    controller.abort(new Error("no longer wanted"));
    expect(await failed).toBe(controller.signal.reason);
    expect(rig.requests).toHaveLength(1);
  });
});

describe("an extraction that is over", () => {
  const ENDS: Readonly<Record<string, Outcome>> = {
    "a value": valid,
    "no valid answer": invalid,
    "an API error": { status: 400 },
    "a refusal": { refusal: ["No."] },
    timeout: { fault: "hang" },
    abort: { fault: "hang" },
    "what a refinement throws": valid,
  };

  it.each(Object.entries(ENDS))("leaves no timer and no listener behind: %s", async (name, outcome) => {
    useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = new Set<unknown>();
    const add = jest.spyOn(signal, "addEventListener").mockImplementation((type, listener) => {
      listeners.add(listener);
      return EventTarget.prototype.addEventListener.call(signal, type, listener as () => void);
    });
    jest.spyOn(signal, "removeEventListener").mockImplementation((type, listener) => {
      listeners.delete(listener);
      return EventTarget.prototype.removeEventListener.call(signal, type, listener as () => void);
    });
    const responseModel = User.refine(() => {
      if (name === "what a refinement throws") throw new Error("down");
      return true;
    });
    const promise = rig.instructor([outcome]).create({ ...ask, responseModel, signal, timeoutMillis: 1000 });
    const settled = promise.then(
      () => "value",
      () => "error",
    );
    const request: LlmRequest = await rig.server.arrived("gpt");
    expect(add).toHaveBeenCalledTimes(1);
    if (name === "timeout") jest.advanceTimersByTime(1000);
    if (name === "abort") controller.abort();
    expect(await settled).toBe(name === "a value" ? "value" : "error");
    await request.ended;
    expect(listeners.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
    expect(add).toHaveBeenCalledTimes(1);
  });

  it("has given the client no signal where there is no limit", async () => {
    const client = rig.client();
    const create = jest.spyOn(client.chat.completions, "create");
    const instructor = fromOpenAI(client, { model: rig.model(valid) });
    await instructor.create(ask);
    const requestOptions = { timeout: 5000 };
    await instructor.create({ ...ask, requestOptions });
    await instructor.create({ ...ask, requestOptions, timeoutMillis: 5000 });
    expect(create.mock.calls.map(([, options]) => options)).toEqual([
      undefined,
      requestOptions,
      { ...requestOptions, signal: expect.any(AbortSignal) as unknown },
    ]);
  });
});

describe.each([
  ["openai 7", OpenAI],
  ["openai 6", OpenAI6 as unknown as typeof OpenAI],
] as const)("%s: the client's own errors", (_major, Class) => {
  it.each<[string, Outcome, "BadRequestError" | "AuthenticationError" | "RateLimitError" | "APIConnectionError"]>([
    ["400", { status: 400 }, "BadRequestError"],
    ["401", { status: 401 }, "AuthenticationError"],
    ["429", { status: 429, retryAfterMillis: 1 }, "RateLimitError"],
    ["reset", { fault: "reset" }, "APIConnectionError"],
  ])("surface as they are, and are not asked again: %s", async (_name, outcome, kind) => {
    const client = rig.client(Class);
    const create = jest.spyOn(client.chat.completions, "create");
    const instructor = fromOpenAI(client, { model: rig.model(invalid, outcome) });
    const error = await rejection(instructor.create(ask));
    expect(error).toBeInstanceOf(Class[kind]);
    expect(error).toBe(await rejection(create.mock.results[1]?.value as Promise<unknown>));
    expect(rig.requests).toHaveLength(2);
    expect(extractionOf(error)).toEqual({
      attempts: [
        {
          number: 1,
          completion: expect.objectContaining({ id: "chatcmpl-1" }) as unknown,
          usage: ONE_ANSWER,
          issues: [AGE_ISSUE],
        },
        { number: 2, completion: undefined, usage: undefined, issues: [] },
      ],
      lastCompletion: expect.objectContaining({ id: "chatcmpl-1" }) as unknown,
      totalUsage: ONE_ANSWER,
      messages: rig.messages[1],
      issues: [],
    });
  });

  it("are retried by the client as it is set up, within one attempt", async () => {
    const model = rig.model({ status: 429, retryAfterMillis: 1 }, valid);
    const instructor = fromOpenAI(rig.client(Class, { maxRetries: 1 }), { model, maxRetries: 0 });
    await expect(instructor.create(ask)).resolves.toEqual(ADA);
    expect(rig.requests).toHaveLength(2);
    const call = fromOpenAI(rig.client(Class), { model: rig.model({ status: 429, retryAfterMillis: 1 }, valid) });
    await expect(call.create({ ...ask, requestOptions: { maxRetries: 1 } })).resolves.toEqual(ADA);
  });
});
