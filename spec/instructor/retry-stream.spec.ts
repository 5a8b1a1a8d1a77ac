import { z } from "zod";
import { InstructorRetryError, extractionOf } from "../../lib/instructor/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { useStillClock, useTraces, withAttributes } from "../support/traces.js";
import {
  JSON_MODES,
  MESSAGES,
  answerIn,
  eventsBefore,
  instructorOf,
  readStream,
  sendEvents,
} from "./streamed-answers.js";

const traces = useTraces();
let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

const Point = z.object({ n: z.int() });
const Pair = z.object({ a: z.int(), b: z.int() });
const WRONG_LIST = ['{"items":[{"n":1},', '{"n":"two"},', '{"n":3}]}'];
const RIGHT_LIST = ['{"items":[{"n":1},', '{"n":2},', '{"n":3}]}'];
const WRONG_PAIR = ['{"a":"one",', '"b":2}'];
const RIGHT_PAIR = ['{"a":1,', '"b":2}'];

const shape = withAttributes(
  "spandrel.instructor.outcome",
  "spandrel.instructor.attempts",
  "spandrel.usage.input_tokens",
  "spandrel.usage.output_tokens",
  "spandrel.usage.total_tokens",
  "gen_ai.usage.input_tokens",
  "spandrel.stream.outcome",
);

let count = 0;
/** A model of its own for each test. */
const nextModel = (): string => `again@${++count}`;

describe.each(OPENAI_MAJORS)("%s: a stream that is asked for again", (_major, OpenAI) => {
  /** Both kinds of streams; what is wrong in the first answer, and what comes of the second. */
  const KINDS = {
    createIterable: {
      wrong: WRONG_LIST,
      right: RIGHT_LIST,
      issue: "items[1].n: Invalid input: expected number, received string",
      path: [1, "n"],
      before: [{ n: 1 }],
      after: [{ n: 1 }, { n: 2 }, { n: 3 }],
      open: (model: string, more: object = {}, mode: (typeof JSON_MODES)[number] = "tools") =>
        instructorOf(server, OpenAI, mode).createIterable({ responseModel: Point, messages: MESSAGES, model, ...more }),
    },
    createPartial: {
      wrong: WRONG_PAIR,
      right: RIGHT_PAIR,
      issue: "a: Invalid input: expected number, received string",
      path: ["a"],
      before: [],
      after: [{ a: 1 }, { a: 1, b: 2 }, { a: 1, b: 2 }],
      open: (model: string, more: object = {}, mode: (typeof JSON_MODES)[number] = "tools") =>
        instructorOf(server, OpenAI, mode).createPartial({ responseModel: Pair, messages: MESSAGES, model, ...more }),
    },
  };

  describe.each(Object.entries(KINDS))("%s", (name, { wrong, right, issue, path, before, after, open }) => {
    const spanName = name === "createIterable" ? "instructor.create_iterable" : "instructor.create_partial";

    it.each(JSON_MODES)("tells of each attempt before what it yields, from the start once more (%s)", async (mode) => {
      const model = nextModel();
      server.answer(model, answerIn(mode, wrong), answerIn(mode, right));
      const seen: unknown[] = [];
      const onAttempt = (attempt: number): void => void seen.push(`attempt ${attempt}`);
      for await (const item of open(model, { retryStream: true, onAttempt }, mode)) seen.push(item);
      expect(seen).toEqual(["attempt 1", ...before, "attempt 2", ...after]);
    });

    it("shows the model its whole answer, with what is wrong, call by call", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong), answerIn("tools", right));
      await readStream(open(model, { retryStream: true }));
      const second = await server.arrived(model, 2);
      const what = `This is not valid:\n- ${issue}\nCall response again, with all of it put right.`;
      expect(second.body["messages"]).toEqual([
        ...MESSAGES,
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "call_0", type: "function", function: { name: "response", arguments: wrong.join("") } }],
        },
        { role: "tool", tool_call_id: "call_0", content: what },
      ]);
    });

    it.each(["json", "json_schema"] as const)(
      "shows the model its whole text, with what is wrong (%s)",
      async (mode) => {
        const model = nextModel();
        server.answer(model, answerIn(mode, wrong), answerIn(mode, right));
        await readStream(open(model, { retryStream: true }, mode));
        const second = await server.arrived(model, 2);
        expect((second.body["messages"] as unknown[]).slice(-3)).toEqual([
          ...MESSAGES,
          { role: "assistant", content: wrong.join("") },
          {
            role: "user",
            content: `This is not valid:\n- ${issue}\nAnswer again, with all of it put right, in JSON only.`,
          },
        ]);
      },
    );

    it("sums the tokens of all attempts, and traces each", async () => {
      const model = nextModel();
      server.answer(
        model,
        answerIn("tools", wrong, { usage: { input: 20, output: 5 } }),
        answerIn("tools", right, { usage: { input: 40, output: 6 } }),
      );
      await readStream(open(model, { retryStream: true }));
      expect(traces.current.tree(shape)).toEqual([
        {
          name: spanName,
          kind: "spandrel",
          "spandrel.instructor.outcome": "valid",
          "spandrel.instructor.attempts": 2,
          "spandrel.usage.input_tokens": 60,
          "spandrel.usage.output_tokens": 11,
          "spandrel.usage.total_tokens": 71,
          children: [20, 40].map((tokens) => ({
            name: `chat ${model}`,
            kind: "spandrel",
            "gen_ai.usage.input_tokens": tokens,
            "spandrel.stream.outcome": "completed",
          })),
        },
      ]);
      expect(
        traces.current.span(spanName).events.map(({ name: event, attributes }) => ({ event, ...attributes })),
      ).toEqual([
        {
          event: "validation.failed",
          "spandrel.validation.attempt": 1,
          "spandrel.validation.issue_count": 1,
          "spandrel.validation.paths": [path.join(".")],
          "spandrel.validation.codes": ["invalid_type"],
          "spandrel.validation.messages": [expect.any(String)],
        },
      ]);
    });

    it("tells the time to the first chunk of the first answer", async () => {
      const clock = useStillClock();
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong), answerIn("tools", right));
      await readStream(open(model, { retryStream: true, onAttempt: () => clock.advance(100) }));
      expect(traces.current.attributes(spanName)["spandrel.stream.time_to_first_chunk_ms"]).toBe(100);
    });

    it("gives up after maxRetries, with every attempt in the error", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong));
      const attempts: number[] = [];
      const onAttempt = (attempt: number): void => void attempts.push(attempt);
      const { error } = await readStream(open(model, { retryStream: true, maxRetries: 1, onAttempt }));
      expect(error).toBeInstanceOf(InstructorRetryError);
      const { reason, totalUsage, lastCompletion, ...failed } = error as InstructorRetryError;
      expect({ reason, totalUsage, attempts }).toEqual({
        reason: "max_retries",
        totalUsage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 },
        attempts: [1, 2],
      });
      expect(
        failed.attempts.map(({ number, usage, issues }) => ({ number, usage, paths: issues.map((one) => one.path) })),
      ).toEqual([
        { number: 1, usage: { inputTokens: 11, outputTokens: 7, totalTokens: 18 }, paths: [path] },
        // The last is not read on.
        { number: 2, usage: undefined, paths: [path] },
      ]);
      expect(lastCompletion).toBe(failed.attempts[1]?.completion);
      expect(server.requests.filter((request) => request.model === model)).toHaveLength(2);
      expect(traces.current.attributes(spanName)).toMatchObject({
        "spandrel.instructor.outcome": "invalid",
        "spandrel.instructor.attempts": 2,
        "spandrel.usage.total_tokens": 18,
      });
    });

    it("gives up once maxTotalTokens are used", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong, { usage: { input: 30, output: 10 } }));
      const { error } = await readStream(open(model, { retryStream: true, maxRetries: 9, maxTotalTokens: 80 }));
      expect(error).toMatchObject({
        reason: "token_budget",
        totalUsage: { inputTokens: 60, outputTokens: 20, totalTokens: 80 },
      });
      expect(server.requests.filter((request) => request.model === model)).toHaveLength(2);
    });

    it("gives up when the time of all attempts is up", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong), answerIn("tools", right, { fault: "gated" }));
      jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask", "performance"] });
      try {
        const reading = readStream(open(model, { retryStream: true, timeoutMillis: 5000 }));
        await server.arrived(model, 2);
        await sendEvents(server.gate(model), eventsBefore("tools"));
        jest.advanceTimersByTime(5000);
        const { items, error } = await reading;
        expect(items).toEqual(before);
        expect(error).toBeInstanceOf(InstructorRetryError);
        expect(error).toMatchObject({ reason: "timeout", attempts: [{ number: 1 }, { number: 2, issues: [] }] });
      } finally {
        jest.useRealTimers();
      }
      expect(await (await server.arrived(model, 2)).ended).toBe("left");
      expect(traces.current.attributes(spanName)).toMatchObject({
        "spandrel.instructor.outcome": "cancelled",
        "spandrel.instructor.attempts": 2,
      });
    });

    it("asks once without retryStream, and keeps the completion as far as it came", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong));
      const attempts: number[] = [];
      const onAttempt = (attempt: number): void => void attempts.push(attempt);
      const { items, error } = await readStream(open(model, { maxRetries: 5, onAttempt }));
      const completion = {
        id: expect.any(String),
        object: "chat.completion",
        created: expect.any(Number),
        model: `${model}-2026-08-06`,
        service_tier: "default",
        system_fingerprint: "fp_fixture",
        choices: [
          {
            index: 0,
            logprobs: null,
            finish_reason: null,
            message: {
              role: "assistant",
              content: null,
              refusal: null,
              tool_calls: [
                {
                  id: "call_0",
                  type: "function",
                  // To the piece with which the wrong part ended.
                  function: {
                    name: "response",
                    arguments: wrong.slice(0, name === "createIterable" ? 2 : 1).join(""),
                  },
                },
              ],
            },
          },
        ],
      };
      expect(items).toEqual(before);
      expect(error).toBeInstanceOf(InstructorRetryError);
      expect(error).toMatchObject({
        reason: "max_retries",
        attempts: [{ number: 1, completion, usage: undefined, issues: [{ path, code: "invalid_type" }] }],
        lastCompletion: completion,
        issues: [{ path, code: "invalid_type" }],
        messages: MESSAGES,
      });
      expect(attempts).toEqual([1]);
      expect(server.requests.filter((request) => request.model === model)).toHaveLength(1);
    });

    it("contains what onAttempt throws", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", right));
      const onAttempt = (): never => {
        throw new RangeError("not my business");
      };
      expect((await readStream(open(model, { onAttempt }))).items).toEqual(after);
      expect(traces.current.faults).toEqual({ SPANDREL_HOOK_FAILED: 1 });
    });

    it("knows of no completion of an attempt that has no answer", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", wrong), { status: 400 });
      const { error } = await readStream(open(model, { retryStream: true }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      const { attempts, lastCompletion } = extractionOf(error)!;
      expect(attempts).toEqual([
        { number: 1, completion: expect.any(Object), usage: expect.any(Object), issues: [expect.any(Object)] },
        { number: 2, completion: undefined, usage: undefined, issues: [] },
      ]);
      expect(lastCompletion).toBe(attempts[0]?.completion);
    });

    it("tells of no attempt that has no answer", async () => {
      const attempts: number[] = [];
      const onAttempt = (attempt: number): void => void attempts.push(attempt);
      const { error } = await readStream(open("bad-request", { retryStream: true, onAttempt }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(attempts).toEqual([]);
    });
  });

  it("yields nothing more of an answer that is known to be wrong, and reads it to its end", async () => {
    const model = nextModel();
    server.answer(model, answerIn("tools", WRONG_LIST, { fault: "gated" }), answerIn("tools", RIGHT_LIST));
    const stream = KINDS.createIterable.open(model, { retryStream: true });
    const reading = readStream(stream);
    server.gate(model).open();
    expect((await reading).items).toEqual([{ n: 1 }, { n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await (await server.arrived(model, 1)).ended).toBe("answered");
  });

  it("shows the calls of parallel_tools with what is wrong with each", async () => {
    const model = nextModel();
    const call = (n: unknown) => ({ name: "function_1", fragments: [JSON.stringify({ n })] });
    server.answer(
      model,
      { toolCalls: [call(1), call("two"), call("three")] },
      { toolCalls: [call(1), call(2), call(3)] },
    );
    const stream = instructorOf(server, OpenAI, "parallel_tools").createIterable({
      responseModel: Point,
      messages: MESSAGES,
      model,
      retryStream: true,
    });
    expect(await readStream(stream)).toEqual({ items: [{ n: 1 }, { n: 1 }, { n: 2 }, { n: 3 }] });
    const messages = (await server.arrived(model, 2)).body["messages"] as { role: string; content: string }[];
    expect(messages.slice(2)).toEqual([
      { role: "tool", tool_call_id: "call_0", content: "This call is valid. Make it again beside the others." },
      { role: "tool", tool_call_id: "call_1", content: expect.stringContaining("- n: Invalid input") },
      { role: "tool", tool_call_id: "call_2", content: expect.stringContaining("- n: Invalid input") },
    ]);
  });
});
