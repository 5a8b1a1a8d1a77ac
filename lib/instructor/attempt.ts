import type { Fields } from "../instruments/index.js";
import type { ValidationIssue } from "../response-schema/index.js";

/** These are tokens as the provider counted them; cached and reasoning tokens are parts of the two, not extra. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The sum of the two. */
  readonly totalTokens: number;
}

/** This is one request of an extraction and what came of it. */
export interface Attempt<Completion = unknown> {
  /** From 1. */
  readonly number: number;
  /**
   * The completion as the client gave it; of a stream, as put together from its chunks as far as they came. Undefined
   * where the client threw before there was one.
   */
  readonly completion: Completion | undefined;
  /** Undefined where the provider told none, as for a stream that was left early. */
  readonly usage: TokenUsage | undefined;
  /** What was wrong with the answer; empty where it was valid, or was no answer at all. */
  readonly issues: readonly ValidationIssue[];
}

/** This is all that is known of an extraction that has failed. */
export interface ExtractionRecord<Completion = unknown> {
  /** Every request made, in order. */
  readonly attempts: readonly Attempt<Completion>[];
  /** The newest completion there is. */
  readonly lastCompletion: Completion | undefined;
  /** Summed over the attempts; those without a count add nothing. */
  readonly totalUsage: TokenUsage;
  /** The messages of the last request, its corrections included. */
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  /** Those of the last attempt. */
  readonly issues: readonly ValidationIssue[];
}

const NO_TOKENS: TokenUsage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** What a completion says of its tokens; undefined where it says nothing. */
export function readUsage(usage: Fields): TokenUsage | undefined {
  const { prompt_tokens: input, completion_tokens: output } = usage;
  if (typeof input !== "number" && typeof output !== "number") return undefined;
  const inputTokens = Number(input ?? 0);
  const outputTokens = Number(output ?? 0);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

/** The tokens of all attempts. */
export function sumUsage(attempts: readonly Attempt[]): TokenUsage {
  return attempts.reduce(
    (sum, { usage = NO_TOKENS }) => ({
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      totalTokens: sum.totalTokens + usage.totalTokens,
    }),
    NO_TOKENS,
  );
}
