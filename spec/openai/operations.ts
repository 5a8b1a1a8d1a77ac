import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { z } from "zod";
import { MESSAGES, type Twin, readAll } from "./twins.js";

/** How one operation of the client is called and read to its end. */
export type Operation = (twin: Twin, model: string, options?: { signal: AbortSignal }) => Promise<unknown>;

const Person = z.object({ name: z.string(), age: z.number() });
const format = { response_format: zodResponseFormat(Person, "person") };
const textFormat = { text: { format: zodTextFormat(Person, "person") } };

const tool = (name: string, see: Twin["see"]): never =>
  ({
    type: "function",
    function: {
      name,
      description: `Gives ${name}`,
      parameters: { type: "object", properties: {} },
      function: (args: unknown) => (see(name, args), "12"),
    },
  }) as never;

const toolParams = (model: string, see: Twin["see"]): ChatCompletionCreateParamsNonStreaming & { tools: never[] } => ({
  model,
  messages: MESSAGES,
  tools: [tool("get_weather", see), tool("get_time", see)],
});

/** The part of the helpers that all of them share. */
interface Runner extends AsyncIterable<unknown> {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  done(): Promise<void>;
}

const EVENTS =
  "connect chunk chatCompletion message content content.delta content.done refusal.delta refusal.done tool_calls.function.arguments.delta tool_calls.function.arguments.done functionToolCall functionToolCallResult finalContent finalMessage finalChatCompletion finalFunctionToolCall finalFunctionToolCallResult totalUsage event response.output_text.delta response.completed error abort end".split(
    " ",
  );

async function watchRunner(runner: Runner, { see }: Twin, finals: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const event of EVENTS) runner.on(event, (...args) => see(event, args));
  see("helper", runner);
  await runner.done().catch((error: unknown) => see("done", error));
  for (const final of finals) await final().then(...(["final", "no final"].map(seer(see)) as [never, never]));
}

const seer =
  (see: Twin["see"]) =>
  (what: string) =>
  (value: unknown): void =>
    see(what, value);

/** Everything that ends in `create` of chat completions, of responses or of embeddings. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "chat create": async ({ client }, model, options) =>
    client.chat.completions.create({ model, messages: MESSAGES, temperature: 0.5 }, options),

  "chat create, streamed": async ({ client, see }, model, options) => {
    const body = { model, messages: MESSAGES, stream: true, stream_options: { include_usage: true } } as const;
    const stream = await client.chat.completions.create(body, options);
    see("stream", stream);
    await readAll(stream, see);
  },

  "chat parse": async ({ client }, model, options) =>
    client.chat.completions.parse({ model, messages: MESSAGES, ...format }, options),

  "chat stream helper": async (twin, model, options) => {
    const runner = twin.client.chat.completions.stream({ model, messages: MESSAGES, ...format }, options);
    await watchRunner(runner, twin, [
      () => runner.finalContent(),
      () => runner.finalChatCompletion(),
      () => runner.finalMessage(),
      () => runner.totalUsage(),
    ]);
  },

  "chat runTools": async (twin, model, options) => {
    const runner = twin.client.chat.completions.runTools(toolParams(model, twin.see), options);
    await watchRunner(runner as unknown as Runner, twin, [() => runner.finalContent(), () => runner.totalUsage()]);
    twin.see("messages", runner.messages);
  },

  "chat runTools, streamed": async (twin, model, options) => {
    const params = { ...toolParams(model, twin.see), stream: true } as const;
    const runner = twin.client.chat.completions.runTools(params, options);
    await watchRunner(runner, twin, [() => runner.finalContent()]);
    twin.see("messages", runner.messages);
  },

  "responses create": async ({ client }, model, options) =>
    client.responses.create({ model, input: "Hi", instructions: "Be brief." }, options),

  "responses create, streamed": async ({ client, see }, model, options) => {
    const stream = await client.responses.create({ model, input: "Hi", stream: true }, options);
    see("stream", stream);
    await readAll(stream, see);
  },

  "responses parse": async ({ client }, model, options) =>
    client.responses.parse({ model, input: "Hi", ...textFormat }, options),

  "responses stream helper": async (twin, model, options) => {
    const runner = twin.client.responses.stream({ model, input: "Hi", ...textFormat }, options);
    await watchRunner(runner, twin, [() => runner.finalResponse()]);
  },

  "embeddings create": async ({ client }, model, options) =>
    client.embeddings.create({ model, input: ["a", "b"] }, options),

  "embeddings create, as numbers": async ({ client }, model, options) =>
    client.embeddings.create({ model, input: "a", encoding_format: "float", dimensions: 3 }, options),
};
