import type OpenAI from "openai";
import { runtime } from "../../lib/context/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { openAIOf } from "../support/llm-server/clients.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { type Traces, macrotask } from "../support/traces.js";
import { describeValue } from "./describe-value.js";

export const MESSAGES = [{ role: "user" as const, content: "Hi" }];

/** What a script runs with, and tells what it sees. */
export interface Twin {
  readonly client: OpenAI;
  readonly server: LlmServer;
  readonly see: (what: string, value?: unknown) => void;
}

export type Script = (twin: Twin) => unknown;

/** All that was seen of one run, by the program and by the server. */
interface Sight {
  readonly seen: readonly unknown[];
  readonly requests: readonly unknown[];
}

export type ClientOptions = ConstructorParameters<typeof OpenAI>[0];

/**
 * Runs a script with a plain client and with a traced one, each against a server of its own, and expects that program
 * and server saw the same both times. Returns what was seen, and how many spans tracing has opened.
 */
export async function expectTwins(
  traces: Traces,
  Class: typeof OpenAI,
  script: Script,
  options: ClientOptions = {},
): Promise<Sight & { opened: number }> {
  const plain = await watch(Class, script, options, (client) => client);
  const { tracer } = runtime;
  const starts = jest.spyOn(tracer!, "startSpan");
  const traced = await watch(Class, script, options, traceOpenAI);
  const opened = starts.mock.calls.length;
  starts.mockRestore();
  await until(() => traces.spans.length === opened);
  expect(traced).toEqual(plain);
  expect(traces.faults).toEqual({});
  return { ...traced, opened };
}

async function watch(
  Class: typeof OpenAI,
  script: Script,
  options: ClientOptions,
  prepare: (client: OpenAI) => OpenAI,
): Promise<Sight> {
  const server = await startLlmServer();
  const client = prepare(openAIOf(server, Class, options));
  // Half a second and more otherwise, where the server does not say.
  Object.defineProperty(client, "calculateDefaultRetryTimeoutMillis", { value: () => 0 });
  const seen: unknown[] = [];
  const see = (what: string, value?: unknown): void => void seen.push([what, describeValue(value)]);
  try {
    const returned = await settle(() => script({ client, server, see }));
    see("returned", returned);
  } finally {
    await server.close();
  }
  const requests = server.requests.map(({ path, headers, body }) => ({
    path,
    headers: { ...headers, host: undefined },
    body,
  }));
  return { seen, requests };
}

/** Waits for what is to come of itself in the next turns. */
export async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000 && !isDone(); turn++) await macrotask();
}

/** What became of it: never throws. */
export async function settle(work: () => unknown): Promise<unknown> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** Reads a stream to whatever end, telling of each item. */
export async function readAll(stream: AsyncIterable<unknown>, see: Twin["see"]): Promise<void> {
  for await (const item of stream) see("item", item);
}
