import { type Fields, fieldsOf, listOf, textOf } from "../instruments/index.js";
import type { ValidationIssue } from "../response-schema/index.js";
import type { AnswerFormat } from "./answer-format.js";
import { type Attempt, type ExtractionRecord, readUsage, sumUsage } from "./attempt.js";
import { CallLimits } from "./call-limits.js";
import type { CallSettings } from "./call-settings.js";
import type { ExtractionSpan, ExtractionOutcome } from "./extraction-span.js";
import type { AttemptEvent, HookRegistry } from "./hooks.js";
import {
  ContentFilterError,
  IncompleteOutputError,
  type InstructorError,
  InstructorRetryError,
  RefusalError,
  type RetryStop,
  keepRecord,
} from "./instructor-error.js";
import { withValidationContext } from "./validation-context.js";

/** What one client gives to all of its extractions. */
export interface ExtractionClient {
  /** Calls the client's `chat.completions.create`, traced, and gives what it gives. */
  readonly createCompletion: (request: unknown, options: unknown) => unknown;
  readonly hooks: HookRegistry;
}

/**
 * This is one extraction: its attempts one after the other, and what is told of them to hooks, to the trace and by the
 * errors. It knows nothing of values: whoever reads the answers says whether they are valid.
 */
export class Extraction {
  readonly limits: CallLimits;
  readonly span: ExtractionSpan;
  readonly #client: ExtractionClient;
  readonly #settings: CallSettings;
  readonly #format: AnswerFormat<unknown>;
  readonly #maxAttempts: number;
  readonly #attempts: Attempt[] = [];
  #messages: readonly Fields[];
  #number = 0;
  /** The completion of the attempt under way. */
  #completion: Fields | undefined;
  /** Of a streamed one, what there is of it by now. */
  #received: (() => Fields | undefined) | undefined;

  constructor(
    client: ExtractionClient,
    settings: CallSettings,
    format: AnswerFormat<unknown>,
    span: ExtractionSpan,
    maxAttempts: number,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#format = format;
    this.span = span;
    this.#maxAttempts = maxAttempts;
    this.#messages = format.instruct(settings.messages);
    this.limits = new CallLimits(settings.signal, settings.timeoutMillis);
  }

  /** The number of the attempt under way, from 1. */
  get number(): number {
    return this.#number;
  }

  /** True while another attempt may follow this one. */
  get isRetryable(): boolean {
    return this.#number < this.#maxAttempts;
  }

  /** Sends the request of the next attempt, and gives what the client does: a completion, or a stream of chunks. */
  async send(more: Fields): Promise<unknown> {
    const { signal } = this.limits;
    if (this.limits.isOver) throw this.broken(signal?.reason);
    this.#number++;
    this.#completion = undefined;
    this.#received = undefined;
    // Here too: a stream that is left is never closed.
    this.span.attempted(this.#number, sumUsage(this.#attempts));
    const { params, model, requestOptions } = this.#settings;
    const request: Fields = { ...params, model, messages: this.#messages, ...this.#format.fields, ...more };
    this.#fire("completion:kwargs", {
      // As it goes over the wire, and each hook its own.
      get kwargs() {
        return JSON.parse(JSON.stringify(request)) as unknown;
      },
    });
    try {
      const options = signal === undefined ? requestOptions : { ...requestOptions, signal };
      // Some clients hear of the signal only after they have waited for a retry of their own.
      return await this.limits.race(Promise.resolve(this.#client.createCompletion(request, options)), true);
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** The attempt's answer is coming in; `received` gives what there is of its completion. */
  receiving(received: () => Fields | undefined): void {
    this.#received = received;
  }

  /**
   * The attempt's answer is whole: gives its message. Throws where it is a refusal, or the provider has cut it off.
   */
  answered(completion: unknown): Fields {
    this.#completion = fieldsOf(completion);
    this.#fire("completion:response", { response: completion });
    const choice = fieldsOf(listOf(this.#completion["choices"])[0]);
    const message = fieldsOf(choice["message"]);
    const refusal = textOf(message["refusal"]);
    if (refusal !== undefined) throw this.#failed("refused", (record) => new RefusalError(refusal, record));
    const reason = choice["finish_reason"];
    if (reason === "content_filter") throw this.#failed("refused", (record) => new ContentFilterError(record));
    if (reason === "length") throw this.#failed("incomplete", (record) => new IncompleteOutputError(record));
    return message;
  }

  /** The attempt's answer is valid. */
  accepted(): void {
    this.#close([]);
  }

  /**
   * The attempt's answer is not valid. The next attempt will show the model what it said and what is wrong with it;
   * throws where there is to be none. Without a `message` the answer is not whole, and there is none.
   */
  rejected(issues: readonly ValidationIssue[], message?: Fields): void {
    this.#close(issues);
    this.span.invalid(this.#number, issues);
    const stop = message === undefined ? "max_retries" : this.#stop();
    this.#fire("parse:error", { issues }, stop !== undefined);
    if (stop !== undefined || message === undefined) throw this.#lost(stop ?? "max_retries");
    this.#messages = [...this.#messages, ...this.#format.correct(message, issues)];
  }

  /** An item is not valid, and the caller goes on without it. */
  dropped(issues: readonly ValidationIssue[], item: number): void {
    this.span.invalid(this.#number, issues, item);
    this.#fire("parse:error", { issues });
  }

  /** Runs a schema: with the call's context, within its limits. */
  async validate<R>(run: () => Promise<R>): Promise<R> {
    try {
      return await this.limits.race(withValidationContext(this.#settings.context, run));
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** The attempt came to no answer, because of `error`, unless the limits were reached: gives what the caller is to see. */
  broken(error: unknown): unknown {
    this.#close([]);
    const { isOver, isTimeUp, reason } = this.limits;
    if (!isOver) return this.#told(error);
    this.span.outcome = "cancelled";
    return this.#told(isTimeUp ? this.#errorOf("timeout", error) : reason);
  }

  /** The stream of the attempt's answer ended, or was torn, before the model had finished. */
  cut(toError: (record: ExtractionRecord) => InstructorError): unknown {
    return this.#failed("cut", toError);
  }

  #failed(outcome: ExtractionOutcome, toError: (record: ExtractionRecord) => InstructorError): unknown {
    this.#close([]);
    this.span.outcome = outcome;
    return this.#told(toError(this.#record()));
  }

  #errorOf(stop: RetryStop, cause?: unknown): InstructorRetryError {
    const { keys } = this.#format;
    return new InstructorRetryError(stop, this.#record(), cause === undefined ? { keys } : { keys, cause });
  }

  /** No valid answer, and no more attempts. */
  #lost(stop: RetryStop): unknown {
    const error = this.#errorOf(stop);
    this.span.outcome = stop === "timeout" ? "cancelled" : "invalid";
    this.#fire("completion:last_attempt", { error }, true);
    return error;
  }

  /** Tells the hooks of an error that ends the extraction. */
  #told(error: unknown): unknown {
    keepRecord(error, this.#record());
    this.#fire("completion:error", { error }, true);
    this.#fire("completion:last_attempt", { error }, true);
    return error;
  }

  #stop(): RetryStop | undefined {
    const { maxTotalTokens = Infinity } = this.#settings;
    if (!this.isRetryable) return "max_retries";
    if (this.limits.isTimeUp) return "timeout";
    return sumUsage(this.#attempts).totalTokens >= maxTotalTokens ? "token_budget" : undefined;
  }

  /** Counts the attempt under way, once. */
  #close(issues: readonly ValidationIssue[]): void {
    if (this.#attempts.length >= this.#number) return;
    this.#completion ??= this.#received?.();
    const usage = this.#completion === undefined ? undefined : readUsage(fieldsOf(this.#completion["usage"]));
    this.#attempts.push({ number: this.#number, completion: this.#completion, usage, issues });
    this.span.attempted(this.#number, sumUsage(this.#attempts));
  }

  #record(): ExtractionRecord {
    const attempts = [...this.#attempts];
    const completions = attempts.flatMap(({ completion }) => completion ?? []);
    return {
      attempts,
      lastCompletion: completions.at(-1),
      totalUsage: sumUsage(attempts),
      messages: this.#messages,
      issues: attempts.at(-1)?.issues ?? [],
    };
  }

  #fire(name: Parameters<HookRegistry["fire"]>[0], event: object, isLast = !this.isRetryable): void {
    const about: AttemptEvent = {
      attempt: Math.max(1, this.#number),
      maxAttempts: this.#maxAttempts,
      isLastAttempt: isLast,
    };
    this.#client.hooks.fire(name, this.#settings.hooks, () => ({ ...about, ...event }) as never);
  }
}
