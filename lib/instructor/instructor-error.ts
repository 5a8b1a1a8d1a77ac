import { placeOf } from "../capture/index.js";
import { SpandrelError, hasCode } from "../errors.js";
import { sharedSlot } from "../internal/index.js";
import type { ValidationIssue } from "../response-schema/index.js";
import type { Attempt, ExtractionRecord, TokenUsage } from "./attempt.js";

/** Records of failed extractions by what was thrown, whichever copy (ESM or CommonJS) of the package threw it. */
const records = sharedSlot<WeakMap<object, ExtractionRecord>>("extraction-records", () => new WeakMap());

/** Remembers what an extraction had come to when it threw `error`, which may be anybody's. */
export function keepRecord(error: unknown, record: ExtractionRecord): void {
  if (typeof error === "object" && error !== null) records.set(error, record);
}

/**
 * This tells of any error that an extraction threw what had happened until then: attempts, tokens, messages, issues.
 * An `InstructorError` has the same as fields; the client's own errors (`RateLimitError`, …) and the reason of an
 * aborted signal stay as they are, and are asked about here. Undefined for any other value.
 *
 * @example
 * ```ts
 * try {
 *   await instructor.create({ responseModel, messages });
 * } catch (error) {
 *   console.error(extractionOf(error)?.totalUsage.totalTokens);
 *   throw error;
 * }
 * ```
 */
export function extractionOf(error: unknown): ExtractionRecord | undefined {
  return typeof error === "object" && error !== null ? records.get(error) : undefined;
}

/**
 * This error is the parent of those that an extraction throws for what the model answered. What the model said is in
 * the fields, never in the message.
 */
export class InstructorError extends SpandrelError implements ExtractionRecord {
  readonly attempts: readonly Attempt[];
  readonly lastCompletion: unknown;
  readonly totalUsage: TokenUsage;
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly issues: readonly ValidationIssue[];

  constructor(code: string, message: string, record: ExtractionRecord, options?: { cause?: unknown }) {
    super(code, message, options);
    this.attempts = record.attempts;
    this.lastCompletion = record.lastCompletion;
    this.totalUsage = record.totalUsage;
    this.messages = record.messages;
    this.issues = record.issues;
    keepRecord(this, record);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== InstructorError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return CODES.some((code) => hasCode(value, code));
  }
}

/** Why an extraction does not ask again. */
export type RetryStop = "max_retries" | "timeout" | "token_budget";

const STOPS: Readonly<Record<RetryStop, string>> = {
  max_retries: "all attempts are used up (maxRetries)",
  timeout: "the time is up (timeoutMillis)",
  token_budget: "the tokens are used up (maxTotalTokens)",
};

const MAX_ISSUES_NAMED = 3;

/**
 * This error says that no attempt gave a valid answer before attempts, time or tokens ran out; `reason` says which.
 * Code `SPANDREL_INSTRUCTOR_RETRY`.
 */
export class InstructorRetryError extends InstructorError {
  readonly reason: RetryStop;

  /** `keys` are the names of properties that may be said, those that the schema declares: others the model made up. */
  constructor(
    reason: RetryStop,
    record: ExtractionRecord,
    { keys = new Set(), ...options }: { readonly cause?: unknown; readonly keys?: ReadonlySet<string> } = {},
  ) {
    const count = record.attempts.length;
    super(
      "SPANDREL_INSTRUCTOR_RETRY",
      `no valid answer after ${count} ${count === 1 ? "attempt" : "attempts"}: ${STOPS[reason]}. ${nameIssues(record.issues, keys)}` +
        "See attempts and issues of this error",
      record,
      options,
    );
    this.reason = reason;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_INSTRUCTOR_RETRY");
  }
}

/** By place and code: a message of zod's may quote what the model said. */
function nameIssues(issues: readonly ValidationIssue[], keys: ReadonlySet<string>): string {
  if (issues.length === 0) return "";
  const named = issues
    .slice(0, MAX_ISSUES_NAMED)
    .map(({ path, code }) => `${placeOf(path, keys) || "(root)"} (${code})`);
  const more = issues.length - named.length;
  return `The last answer was wrong at ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}. `;
}

/**
 * This error says that the answer was cut off at the token limit (`finish_reason` "length"). Code
 * `SPANDREL_INCOMPLETE_OUTPUT`. It is not asked for again: raise `max_completion_tokens`, or ask for less.
 */
export class IncompleteOutputError extends InstructorError {
  constructor(record: ExtractionRecord) {
    super(
      "SPANDREL_INCOMPLETE_OUTPUT",
      'the answer was cut off at the token limit (finish_reason "length"). Raise max_completion_tokens, or ask for less',
      record,
    );
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_INCOMPLETE_OUTPUT");
  }
}

/** This error says that the model refused to answer; `refusal` is what it said. Code `SPANDREL_REFUSAL`. */
export class RefusalError extends InstructorError {
  readonly refusal: string;

  constructor(refusal: string, record: ExtractionRecord) {
    super("SPANDREL_REFUSAL", "the model refused to answer. What it said is in `refusal` of this error", record);
    this.refusal = refusal;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_REFUSAL");
  }
}

/** This error says that the provider's content filter withheld the answer. Code `SPANDREL_CONTENT_FILTER`. */
export class ContentFilterError extends InstructorError {
  constructor(record: ExtractionRecord) {
    super(
      "SPANDREL_CONTENT_FILTER",
      'the provider\'s content filter withheld the answer (finish_reason "content_filter"). Change the prompt',
      record,
    );
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_CONTENT_FILTER");
  }
}

/**
 * This error says that a stream ended before the model had finished: closed without a `finish_reason`, or torn (then
 * `cause` says how). Code `SPANDREL_STREAM_CUT`.
 */
export class StreamCutError extends InstructorError {
  constructor(record: ExtractionRecord, options?: { cause?: unknown }) {
    super("SPANDREL_STREAM_CUT", "the stream ended before the model had finished. Ask again", record, options);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return hasCode(value, "SPANDREL_STREAM_CUT");
  }
}

const CODES = [
  "SPANDREL_INSTRUCTOR_RETRY",
  "SPANDREL_INCOMPLETE_OUTPUT",
  "SPANDREL_REFUSAL",
  "SPANDREL_CONTENT_FILTER",
  "SPANDREL_STREAM_CUT",
];
