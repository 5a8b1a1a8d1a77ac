import * as z from "zod";

import {
  ContentFilterError,
  IncompleteOutputError,
  InstructorError,
  InstructorRetryError,
  RefusalError,
  SpandrelError,
  StreamCutError,
  extractionOf,
} from "../../lib/instructor/index.js";
import type { ExtractionRecord } from "../../lib/instructor/index.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import { AGE_ISSUE, MESSAGES, ONE_ANSWER, User, WRONG, calls, rejection, says, useRig } from "./extraction-rig.js";

const rig = useRig();

const CLASSES = {
  InstructorRetryError,
  IncompleteOutputError,
  RefusalError,
  ContentFilterError,
  StreamCutError,
};
const RECORD: ExtractionRecord = {
  attempts: [{ number: 1, completion: { id: "c" }, usage: ONE_ANSWER, issues: [AGE_ISSUE] }],
  lastCompletion: { id: "c" },
  totalUsage: ONE_ANSWER,
  messages: MESSAGES,
  issues: [AGE_ISSUE],
};

/** One of each, made by one copy of the package. */
function errorsOf(copy: Omit<typeof CLASSES, never>): InstructorError[] {
  return [
    new copy.InstructorRetryError("max_retries", RECORD, { keys: new Set(["age"]) }),
    new copy.IncompleteOutputError(RECORD),
    new copy.RefusalError("I will not.", RECORD),
    new copy.ContentFilterError(RECORD),
    new copy.StreamCutError(RECORD, { cause: new Error("torn") }),
  ];
}

describe("the errors of an extraction", () => {
  const MESSAGES_BY_CODE = {
    SPANDREL_INSTRUCTOR_RETRY:
      "no valid answer after 1 attempt: all attempts are used up (maxRetries). The last answer was wrong at age (invalid_type). " +
      "See attempts and issues of this error",
    SPANDREL_INCOMPLETE_OUTPUT:
      'the answer was cut off at the token limit (finish_reason "length"). Raise max_completion_tokens, or ask for less',
    SPANDREL_REFUSAL: "the model refused to answer. What it said is in `refusal` of this error",
    SPANDREL_CONTENT_FILTER:
      'the provider\'s content filter withheld the answer (finish_reason "content_filter"). Change the prompt',
    SPANDREL_STREAM_CUT: "the stream ended before the model had finished. Ask again",
  };

  it("have a class, a stable code, a message, and what happened as fields", () => {
    const errors = errorsOf(CLASSES);
    expect(errors.map(({ name, code, message }) => ({ name, code, message }))).toEqual(
      Object.entries(MESSAGES_BY_CODE).map(([code, message], index) => ({
        name: Object.keys(CLASSES)[index],
        code,
        message: `${code}: ${message}`,
      })),
    );
    for (const error of errors) {
      expect(error).toMatchObject(RECORD);
      expect(extractionOf(error)).toBe(RECORD);
    }
    expect(errors.map((error) => error.cause)).toEqual([undefined, undefined, undefined, undefined, new Error("torn")]);
    expect((errors[0] as InstructorRetryError).reason).toBe("max_retries");
    expect((errors[2] as RefusalError).refusal).toBe("I will not.");
  });

  it("say why nothing is asked again, how often it was, and where the last answer was wrong", () => {
    const attempt = { number: 1, completion: undefined, usage: undefined, issues: [] };
    const at = (...path: (string | number)[]) => ({ path, code: "custom", message: "secret" });
    const say = (reason: "timeout" | "token_budget", count: number, issues: ExtractionRecord["issues"]): string => {
      const attempts = Array.from({ length: count }, () => attempt);
      const keys = new Set(["a", "b", "c", "d", "e"]);
      return new InstructorRetryError(reason, { ...RECORD, attempts, issues }, { keys }).message.slice(27);
    };
    const see = "See attempts and issues of this error";
    expect(say("timeout", 0, [])).toBe(`no valid answer after 0 attempts: the time is up (timeoutMillis). ${see}`);
    expect(say("token_budget", 2, [at(), at("a", 1, "b")])).toBe(
      "no valid answer after 2 attempts: the tokens are used up (maxTotalTokens). " +
        `The last answer was wrong at (root) (custom), a.1.b (custom). ${see}`,
    );
    expect(say("timeout", 2, [at("a"), at("b"), at("c"), at("d"), at("e")])).toContain(
      "wrong at a (custom), b (custom), c (custom) and 2 more. ",
    );
    expect(say("timeout", 2, [at("a"), at("b"), at("c")])).toContain("wrong at a (custom), b (custom), c (custom). ");
  });

  it("are told apart by instanceof, in both copies of the package", () => {
    let other: typeof CLASSES & { InstructorError: typeof InstructorError; extractionOf: typeof extractionOf };
    jest.isolateModules(() => {
      other = jest.requireActual("../../lib/instructor/instructor-error.js");
    });
    const kinds = Object.values(CLASSES);
    for (const [classes, errors] of [
      [{ ...CLASSES, InstructorError, extractionOf }, errorsOf(other!)],
      [other!, errorsOf(CLASSES)],
      [{ ...CLASSES, InstructorError, extractionOf }, errorsOf(CLASSES)],
    ] as const) {
      expect(
        errors.map((error) =>
          Object.keys(CLASSES)
            .map((name) => (error instanceof classes[name as keyof typeof CLASSES] ? 1 : 0))
            .join(""),
        ),
      ).toEqual(["10000", "01000", "00100", "00010", "00001"]);
      for (const error of errors) {
        expect([
          error instanceof classes.InstructorError,
          error instanceof SpandrelError,
          error instanceof Error,
        ]).toEqual([true, true, true]);
        expect(classes.extractionOf(error)).toBe(RECORD);
      }
    }
    expect(other!.InstructorRetryError).not.toBe(InstructorRetryError);
    for (const none of [undefined, null, 7, "text", new Error("x"), new SpandrelError("SPANDREL_X", "x")]) {
      for (const one of [InstructorError, ...kinds]) expect(none instanceof one).toBe(false);
      expect(extractionOf(none)).toBeUndefined();
    }
    class OwnError extends InstructorError {}
    expect(new OwnError("SPANDREL_OWN", "x", RECORD) instanceof OwnError).toBe(true);
    expect(errorsOf(CLASSES)[0] instanceof OwnError).toBe(false);
  });
});

describe.each(OPENAI_MAJORS)("%s", (_major, Class) => {
  const invalid = calls(["response", WRONG]);
  const ENDS: readonly (readonly [string, Outcome, abstract new (...args: never[]) => InstructorError, object])[] = [
    ["a refusal", { refusal: ["I will ", "not."] }, RefusalError, { refusal: "I will not." }],
    ["length", { text: ['{"na'], finish: "length" }, IncompleteOutputError, {}],
    ["length in a call", { ...calls(["response", '{"na']), finish: "length" }, IncompleteOutputError, {}],
    ["a content filter", { text: [""], finish: "content_filter" }, ContentFilterError, {}],
  ];

  it.each(ENDS)("does not ask again after %s, and tells all that came before", async (_name, outcome, kind, fields) => {
    const error = await rejection(
      rig.instructor([invalid, outcome], {}, Class).create({ responseModel: User, messages: MESSAGES }),
    );
    expect(error).toBeInstanceOf(kind);
    const completion = (id: number): unknown => expect.objectContaining({ id: `chatcmpl-${id}` });
    expect(error).toMatchObject({
      ...fields,
      attempts: [
        { number: 1, completion: completion(1), usage: ONE_ANSWER, issues: [AGE_ISSUE] },
        { number: 2, completion: completion(2), usage: ONE_ANSWER, issues: [] },
      ],
      lastCompletion: completion(2),
      totalUsage: { inputTokens: 22, outputTokens: 14, totalTokens: 36 },
      messages: rig.messages[1],
      issues: [],
    });
    expect(rig.requests).toHaveLength(2);
  });

  it("takes a refusal that says nothing for none", async () => {
    const outcome = { ...calls(["response", '{"name":"Ada","age":36}']), refusal: [""] };
    await expect(
      rig.instructor([outcome], {}, Class).create({ responseModel: User, messages: MESSAGES }),
    ).resolves.toEqual({ name: "Ada", age: 36 });
  });

  it("has all attempts, the last completion and the issues of the last one on the error", async () => {
    const last = { path: ["name"], code: "invalid_type", message: "Invalid input: expected string, received number" };
    const error = await rejection(
      rig
        .instructor([invalid, calls(["response", '{"name":1,"age":1}'])], { maxRetries: 1 }, Class)
        .create({ responseModel: User, messages: MESSAGES }),
    );
    const completion = (id: number): unknown => expect.objectContaining({ id: `chatcmpl-${id}` });
    const record = {
      attempts: [
        { number: 1, completion: completion(1), usage: ONE_ANSWER, issues: [AGE_ISSUE] },
        { number: 2, completion: completion(2), usage: ONE_ANSWER, issues: [last] },
      ],
      lastCompletion: completion(2),
      totalUsage: { inputTokens: 22, outputTokens: 14, totalTokens: 36 },
      messages: rig.messages[1],
      issues: [last],
    };
    expect(extractionOf(error)).toEqual(record);
    expect(error).toMatchObject({ ...record, code: "SPANDREL_INSTRUCTOR_RETRY", reason: "max_retries" });
  });

  it("counts cached and reasoning tokens once, and an answer without a count as nothing", async () => {
    const usage = { input: 110, output: 70, cached: 40, reasoning: 30 };
    const error = await rejection(
      rig
        .instructor([{ ...invalid, usage }], { maxRetries: 0 }, Class)
        .create({ responseModel: User, messages: MESSAGES }),
    );
    expect(error).toMatchObject({ totalUsage: { inputTokens: 110, outputTokens: 70, totalTokens: 180 } });
  });
});

describe("an error's message", () => {
  it("has nothing of what was said by the user, by the model, or by a refinement", async () => {
    const secret = "4929-1111";
    const messages = [{ role: "user" as const, content: secret }];
    const responseModel = z.object({ card: z.string().refine(() => false, `not ${secret}`) });
    for (const outcome of [
      calls(["response", `{"card":"${secret}"}`]),
      calls([secret, "{}"]),
      calls(["response", `{"${secret}`]),
      says(secret),
      { refusal: [secret] },
      { text: [secret], finish: "length" as const },
      { text: [secret], finish: "content_filter" as const },
    ]) {
      const error = await rejection(rig.instructor([outcome], { maxRetries: 1 }).create({ responseModel, messages }));
      expect(error).toBeInstanceOf(InstructorError);
      const { message, stack } = error as Error;
      expect(`${message} ${stack}`).not.toContain(secret);
    }
  });

  it("names the keys that the schema declares, and none that the model made up", async () => {
    const responseModel = z.object({ cards: z.record(z.string(), z.object({ limit: z.number() })) });
    const outcome = calls(["response", '{"cards":{"4929-1111":{"limit":"none"}}}']);
    const error = await rejection(
      rig.instructor([outcome], { maxRetries: 0 }).create({ responseModel, messages: MESSAGES }),
    );
    expect(error).toMatchObject({ issues: [{ path: ["cards", "4929-1111", "limit"] }] });
    expect((error as Error).message).toContain("wrong at cards.*.limit (invalid_type). ");
  });
});
