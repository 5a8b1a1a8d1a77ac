// What an extraction gives has the type of the schema's output, and requests and completions are the client's own.
import OpenAI, { AzureOpenAI } from "openai";
import type { ChatCompletionCreateParamsBase } from "openai/resources/chat/completions/completions";
import { type Instructor, type InstructorOptions, type PartialValue, fromOpenAI } from "spandrel/instructor";
import { extractionOf, InstructorError, InstructorRetryError, RefusalError } from "spandrel/instructor";
import * as z from "zod";
import * as mini from "zod/mini";
import { type Equal, holds } from "./equal.js";

type Completion = OpenAI.Chat.ChatCompletion & { _request_id?: string | null };
type Usage = { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number };
type Issue = { readonly path: readonly (string | number)[]; readonly code: string; readonly message: string };

const messages = [{ role: "user" as const, content: "Ada is 36." }];
const User = z.object({
  name: z.string(),
  nick: z.string().optional(),
  day: z.string().transform((day) => day.length),
});
interface Output {
  name: string;
  nick?: string | undefined;
  day: number;
}
type Same<A, B> = Equal<{ [Key in keyof A]: A[Key] }, { [Key in keyof B]: B[Key] }>;

export class Desk {
  readonly #instructor: Instructor<OpenAI> = fromOpenAI(new OpenAI(), { mode: "json_schema", model: "gpt-4o-mini" });

  extract(): Promise<Output> {
    return this.#instructor.create({ responseModel: User, messages });
  }
}

const options: InstructorOptions<OpenAI> = { mode: "md_json", maxRetries: 0 };
const instructor = fromOpenAI(new OpenAI(), options);
holds<Equal<typeof instructor, Instructor<OpenAI>>>();
const azure = fromOpenAI(new AzureOpenAI({ endpoint: "https://e", apiKey: "k", apiVersion: "v" }));
holds<Equal<typeof azure, Instructor<AzureOpenAI>>>();

export async function values(): Promise<void> {
  const user = await instructor.create({ responseModel: User, messages });
  holds<Same<typeof user, Output>>();
  const list = await instructor.create({ responseModel: z.array(z.number()), messages });
  holds<Equal<typeof list, number[]>>();
  const level = await instructor.create({ responseModel: z.enum(["low", "high"]), messages });
  holds<Equal<typeof level, "low" | "high">>();
  const small = await azure.create({ responseModel: mini.object({ n: mini.number() }), messages });
  holds<Equal<typeof small, { n: number }>>();

  const [value, completion] = await instructor.createWithCompletion({ responseModel: User, messages });
  holds<Same<typeof value, Output>>();
  holds<Equal<typeof completion, Completion>>();
}

export async function parallel(): Promise<void> {
  const Weather = z.object({ kind: z.literal("weather"), city: z.string() });
  const Time = z.object({ kind: z.literal("time"), zone: z.string() });
  const calls = await instructor.create({ responseModel: z.array(z.union([Weather, Time])), messages });
  holds<Equal<typeof calls, ({ kind: "weather"; city: string } | { kind: "time"; zone: string })[]>>();
  for (const call of calls) {
    if (call.kind === "time") holds<Equal<typeof call.zone, string>>();
  }
}

export async function streams(): Promise<void> {
  const users = instructor.createIterable({ responseModel: User, messages, onInvalidItem: "skip", retryStream: true });
  holds<Equal<typeof users, AsyncGenerator<z.output<typeof User>, void, undefined>>>();
  for await (const user of users) holds<Same<typeof user, Output>>();

  const partials = instructor.createPartial({ responseModel: User, messages, onAttempt: (attempt) => attempt + 1 });
  const step = await partials.next();
  if (step.done === true) holds<Same<typeof step.value, Output>>();
  holds<
    Equal<
      PartialValue<{ a: string; b: { c: number }[] }>,
      { readonly a?: string | undefined; readonly b?: readonly { readonly c?: number | undefined }[] | undefined }
    >
  >();
}

export function hooks(): void {
  instructor
    .on("completion:kwargs", ({ kwargs, attempt, maxAttempts, isLastAttempt }) => {
      holds<Equal<typeof kwargs, ChatCompletionCreateParamsBase>>();
      holds<Equal<typeof attempt, number>>();
      holds<Equal<typeof maxAttempts, number>>();
      holds<Equal<typeof isLastAttempt, boolean>>();
    })
    .on("completion:response", ({ response }) => holds<Equal<typeof response, Completion>>())
    .on("completion:error", ({ error }) => holds<Equal<typeof error, unknown>>())
    .on("completion:last_attempt", async ({ error }) => holds<Equal<typeof error, unknown>>())
    .off("parse:error", ({ issues }) => void issues[0]?.path);
}

/** Everything a call may have beside its schema, the client's own parameters among them. */
export function everything(signal: AbortSignal): Promise<Output> {
  return instructor.create({
    responseModel: User,
    messages,
    model: "gpt-4o",
    maxRetries: 1,
    context: { source: "text" },
    signal,
    timeoutMillis: 5000,
    maxTotalTokens: 10_000,
    hooks: { "parse:error": ({ issues }) => issues.length, "completion:response": ({ response }) => response.id },
    requestOptions: { headers: { "x-job": "1" }, timeout: 100, maxRetries: 0 },
    temperature: 0,
    max_completion_tokens: 100,
    metadata: { job: "1" },
  });
}

export function failures(error: unknown): void {
  if (error instanceof RefusalError) holds<Equal<typeof error.refusal, string>>();
  else if (error instanceof InstructorRetryError) {
    holds<Equal<typeof error.reason, "max_retries" | "timeout" | "token_budget">>();
  } else if (error instanceof InstructorError) holds<Equal<typeof error.lastCompletion, unknown>>();
  const record = extractionOf(error);
  if (record === undefined) return;
  holds<Same<typeof record.totalUsage, Usage>>();
  for (const issue of record.issues) holds<Same<typeof issue, Issue>>();
  for (const { number, usage } of record.attempts) {
    holds<Equal<typeof number, number>>();
    if (usage !== undefined) holds<Same<typeof usage, Usage>>();
  }
}
