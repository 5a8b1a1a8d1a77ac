import type { $ZodType, input, output } from "zod/v4/core";

import type { InstructorHooks } from "./hooks.js";
import type { InvalidItem } from "./extract-items.js";

/**
 * This is what `fromOpenAI` takes: any client of the `openai` package, Azure's included, traced or not. The types of
 * requests and completions are read off the client, so that they are those of the installed version.
 */
export interface CompletionsClient {
  readonly chat: { readonly completions: { create(...args: never[]): unknown } };
  readonly embeddings: { create(...args: never[]): unknown };
}

/** This is the body of a chat completion request. */
export type RequestOf<Client extends CompletionsClient> = Parameters<Client["chat"]["completions"]["create"]>[0];

/** This is a whole chat completion. */
export type CompletionOf<Client extends CompletionsClient> = Exclude<
  Awaited<ReturnType<Client["chat"]["completions"]["create"]>>,
  AsyncIterable<unknown>
>;

/** These are the fields of a request that an extraction sets itself. */
export type OwnField =
  "messages" | "model" | "stream" | "tools" | "tool_choice" | "functions" | "function_call" | "response_format" | "n";

/** This is one call: what is asked of whom, how often, and how long. Any other field goes to the API as it is. */
export type ExtractionOptions<Client extends CompletionsClient, Schema extends $ZodType> = Omit<
  RequestOf<Client>,
  OwnField
> & {
  /** What the answer has to be: any zod 4 schema; in `parallel_tools` mode `z.array(z.union([…objects]))`. */
  readonly responseModel: Schema;
  readonly messages: Readonly<RequestOf<Client>["messages" & keyof RequestOf<Client>]>;
  /** Default: the `model` of `fromOpenAI`. */
  readonly model?: RequestOf<Client>["model" & keyof RequestOf<Client>];
  /** How often an invalid answer is asked for again: extra attempts after the first. Default: that of `fromOpenAI`, or 2. */
  readonly maxRetries?: number;
  /** What `validationContext()` gives while the schema runs. */
  readonly context?: unknown;
  /** Ends the extraction; it throws the signal's `reason`. */
  readonly signal?: AbortSignal;
  /** Milliseconds for all attempts together. Default: none. */
  readonly timeoutMillis?: number;
  /** Once the attempts have used this many tokens, nothing is asked again. Default: none. */
  readonly maxTotalTokens?: number;
  /** Hooks of this call, called after those of the client. */
  readonly hooks?: InstructorHooks<RequestOf<Client>, CompletionOf<Client>>;
  /** The second argument of the client's method: headers, its own timeout and retries. */
  readonly requestOptions?: Omit<NonNullable<Parameters<Client["chat"]["completions"]["create"]>[1]>, "signal">;
};

/** This is one call whose answer is streamed. */
export type StreamOptions<Client extends CompletionsClient, Schema extends $ZodType> = ExtractionOptions<
  Client,
  Schema
> & {
  /**
   * True: an invalid answer is asked for again, `maxRetries` times, and what the new answer gives comes from its start
   * once more. Default false: the stream fails at the first thing that is wrong.
   */
  readonly retryStream?: boolean;
  /** Called before anything of an attempt is yielded, with its number, from 1. */
  readonly onAttempt?: (attempt: number) => unknown;
};

/** This is one call whose answer is a list, item by item; `responseModel` is the schema of one item. */
export type IterableOptions<Client extends CompletionsClient, Schema extends $ZodType> = StreamOptions<
  Client,
  Schema
> & {
  /**
   * What happens to an item that is not valid: the stream fails (`"throw"`, the default), the item is left out
   * (`"skip"`), or is left out after a function has been called with it.
   */
  readonly onInvalidItem?: "throw" | "skip" | ((item: InvalidItem) => unknown);
};

/** This is a value of which only a part may be there. Lists have fewer items, and strings fewer characters. */
export type PartialValue<T> = T extends string | number | boolean | bigint | symbol | null | undefined | Date
  ? T
  : T extends readonly (infer Item)[]
    ? readonly PartialValue<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]?: PartialValue<T[Key]> | undefined }
      : T;

/** This is what `createPartial` yields: parts of the schema's input, and the validated output at last. */
export type PartialOf<Schema extends $ZodType> = PartialValue<input<Schema>> | output<Schema>;
