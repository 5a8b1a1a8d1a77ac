import { z } from "zod";
import { StreamCutError } from "../../lib/instructor/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { MESSAGES, answerIn, instructorOf, readStream } from "./streamed-answers.js";

const traces = useTraces();
let server: LlmServer;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());

const Point = z.object({ n: z.int() });
const NAMES = [
  "completion:kwargs",
  "completion:response",
  "completion:error",
  "completion:last_attempt",
  "parse:error",
] as const;

/** Hooks that write down all they are told. */
function listen(): { readonly seen: unknown[]; readonly hooks: Record<string, (event: unknown) => void> } {
  const seen: unknown[] = [];
  const hooks = Object.fromEntries(NAMES.map((name) => [name, (event: unknown) => void seen.push([name, event])]));
  return { seen, hooks };
}

const once = { attempt: 1, maxAttempts: 1, isLastAttempt: true };
const wrong = (path: readonly (string | number)[]) => [
  { path, code: "invalid_type", message: "Invalid input: expected number, received string" },
];

let count = 0;
/** A model of its own for each test. */
const nextModel = (): string => `hooks@${++count}`;

describe.each(OPENAI_MAJORS)("%s: hooks of streams", (_major, OpenAI) => {
  const KINDS = {
    createIterable: {
      right: ['{"items":[{"n":1},', '{"n":2}]}'],
      wrong: ['{"items":[{"n":1},', '{"n":"two"}]}'],
      path: [1, "n"],
      open: (model: string, more: object = {}) =>
        instructorOf(server, OpenAI).createIterable({ responseModel: Point, messages: MESSAGES, model, ...more }),
    },
    createPartial: {
      right: ['{"n":', "12}"],
      wrong: ['{"n":', '"two"}'],
      path: ["n"],
      open: (model: string, more: object = {}) =>
        instructorOf(server, OpenAI).createPartial({ responseModel: Point, messages: MESSAGES, model, ...more }),
    },
  };

  describe.each(Object.entries(KINDS))("%s", (_name, kind) => {
    it("tells of the request as it is sent, and of the completion as the API gives it without streaming", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.right));
      const { seen, hooks } = listen();
      await readStream(kind.open(model, { hooks, temperature: 0, stream_options: { include_obfuscation: false } }));
      const { body } = await server.arrived(model);
      const plain = await openAIOf(server, OpenAI).chat.completions.create({ model, messages: MESSAGES });
      const { annotations: _, ...message } = plain.choices[0]!.message as unknown as Record<string, unknown>;
      expect(seen).toEqual([
        ["completion:kwargs", { ...once, kwargs: body }],
        [
          "completion:response",
          {
            ...once,
            response: { ...plain, id: expect.any(String), choices: [{ ...plain.choices[0], message }] },
          },
        ],
      ]);
      expect(body).toMatchObject({
        model,
        messages: MESSAGES,
        stream: true,
        stream_options: { include_usage: true, include_obfuscation: false },
        temperature: 0,
        tool_choice: { type: "function", function: { name: "response" } },
      });
    });

    it("keeps to a caller's wish for no usage", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.right));
      const { seen, hooks } = listen();
      await readStream(kind.open(model, { hooks, stream_options: { include_usage: false } }));
      const [, response] = seen.at(-1) as [string, { response: object }];
      expect(response.response).not.toHaveProperty("usage");
      expect(traces.current.spans.at(-1)?.attributes).not.toHaveProperty("spandrel.usage.total_tokens");
    });

    it("tells of an answer that fails for good", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.wrong));
      const { seen, hooks } = listen();
      const { error } = await readStream(kind.open(model, { hooks }));
      expect(seen).toEqual([
        ["completion:kwargs", { ...once, kwargs: expect.any(Object) }],
        ["parse:error", { ...once, issues: wrong(kind.path) }],
        ["completion:last_attempt", { ...once, error }],
      ]);
    });

    it("counts the attempts of a stream that is asked for again", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.wrong), answerIn("tools", kind.right));
      const { seen, hooks } = listen();
      await readStream(kind.open(model, { hooks, retryStream: true, maxRetries: 1 }));
      const first = { attempt: 1, maxAttempts: 2, isLastAttempt: false };
      const second = { attempt: 2, maxAttempts: 2, isLastAttempt: true };
      expect(seen).toEqual([
        ["completion:kwargs", { ...first, kwargs: expect.objectContaining({ messages: MESSAGES }) }],
        ["completion:response", { ...first, response: expect.objectContaining({ object: "chat.completion" }) }],
        ["parse:error", { ...first, issues: wrong(kind.path) }],
        ["completion:kwargs", { ...second, kwargs: (await server.arrived(model, 2)).body }],
        ["completion:response", { ...second, response: expect.objectContaining({ object: "chat.completion" }) }],
      ]);
    });

    it("tells of a stream that is cut, with what is thrown", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.right, { fault: "no-finish" }));
      const { seen, hooks } = listen();
      const { error } = await readStream(kind.open(model, { hooks }));
      expect(error).toBeInstanceOf(StreamCutError);
      expect(seen.slice(1)).toEqual([
        ["completion:error", { ...once, error }],
        ["completion:last_attempt", { ...once, error }],
      ]);
    });

    it("tells nothing more of a stream that was left", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.right));
      const { seen, hooks } = listen();
      for await (const _ of kind.open(model, { hooks })) break;
      expect(seen).toEqual([["completion:kwargs", { ...once, kwargs: expect.any(Object) }]]);
    });

    it("goes on when a hook throws", async () => {
      const model = nextModel();
      server.answer(model, answerIn("tools", kind.right));
      const hooks = {
        "completion:response": () => {
          throw new RangeError("not my business");
        },
      };
      const { items, error } = await readStream(kind.open(model, { hooks }));
      expect({ error, isEmpty: items.length === 0 }).toEqual({ error: undefined, isEmpty: false });
      expect(traces.current.faults).toEqual({ SPANDREL_HOOK_FAILED: 1 });
    });
  });

  it("tells of each item that is left out, before the whole answer is there", async () => {
    const model = nextModel();
    server.answer(model, answerIn("tools", ['{"items":[{"n":"one"},', '{"n":2},{"n":"three"}]}']));
    const { seen, hooks } = listen();
    await readStream(KINDS.createIterable.open(model, { hooks, onInvalidItem: "skip" }));
    expect(seen.map((one) => (one as [string, { issues?: unknown }])[0])).toEqual([
      "completion:kwargs",
      "parse:error",
      "parse:error",
      "completion:response",
    ]);
    expect(seen[1]).toEqual(["parse:error", { ...once, issues: wrong(["n"]) }]);
  });
});
