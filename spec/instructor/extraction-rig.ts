import type OpenAI from "openai";
import * as z from "zod";
import { fromOpenAI } from "../../lib/instructor/index.js";
import type { Instructor, InstructorMode, InstructorOptions } from "../../lib/instructor/index.js";
import { type LlmRequest, type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";

export const MESSAGES = [{ role: "user" as const, content: "Ada is 36." }];

export const User = z.object({ name: z.string(), age: z.number() });
export const ADA = { name: "Ada", age: 36 };
/** The age is no number: one issue, at `age`. */
export const WRONG = '{"name":"Ada","age":"many"}';
export const RIGHT = '{"name":"Ada","age":36}';
export const AGE_ISSUE = {
  path: ["age"],
  code: "invalid_type",
  message: "Invalid input: expected number, received string",
};
export const AGE_LINE = "- age: Invalid input: expected number, received string";

/** What the server's answers count, unless they say otherwise. */
export const ONE_ANSWER = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };

/** An answer that calls functions, each with arguments as JSON text. */
export function calls(...called: readonly (readonly [name: string, text: string])[]): Outcome {
  return { toolCalls: called.map(([name, text]) => ({ name, fragments: [text] })) };
}

export function says(text: string): Outcome {
  return { text: [text] };
}

/** The answer with this JSON text as each mode has it. */
export function answersIn(mode: InstructorMode, text: string, name = "response"): Outcome {
  if (mode === "tools" || mode === "parallel_tools") return calls([name, text]);
  return says(mode === "md_json" ? `Here it is:\n\`\`\`json\n${text}\n\`\`\`\n` : text);
}

export interface Rig {
  readonly server: LlmServer;
  /** A model of the test's own that gives these answers in order. */
  model(...outcomes: readonly [Outcome, ...Outcome[]]): string;
  client(Class?: typeof OpenAI, options?: ConstructorParameters<typeof OpenAI>[0]): OpenAI;
  /** An instructor of a client that does not retry of itself, with a model that gives these answers. */
  instructor(
    outcomes: readonly [Outcome, ...Outcome[]],
    options?: InstructorOptions<OpenAI>,
    Class?: typeof OpenAI,
  ): Instructor<OpenAI>;
  /** The requests made so far; those of the test's one model, where it has one only. */
  readonly requests: readonly LlmRequest[];
  readonly bodies: readonly LlmRequest["body"][];
  /** The messages that each request had. */
  readonly messages: readonly unknown[];
}

/** A fresh server for every test of the file. */
export function useRig(): Rig {
  let server: LlmServer | undefined;
  let count = 0;
  const current = (): LlmServer => {
    if (server === undefined) throw new Error("the server runs in tests only");
    return server;
  };
  beforeEach(async () => {
    server = await startLlmServer();
    count = 0;
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  const model: Rig["model"] = (...outcomes) => {
    const name = count++ === 0 ? "gpt" : `gpt-${count}`;
    current().answer(name, ...outcomes);
    return name;
  };
  const client: Rig["client"] = (Class, options) => openAIOf(current(), Class, { maxRetries: 0, ...options });
  return {
    get server() {
      return current();
    },
    model,
    client,
    instructor: (outcomes, options, Class) => fromOpenAI(client(Class), { model: model(...outcomes), ...options }),
    get requests() {
      return current().requests;
    },
    get bodies() {
      return current().requests.map(({ body }) => body);
    },
    get messages() {
      return current().requests.map(({ body }) => body["messages"]);
    },
  };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
