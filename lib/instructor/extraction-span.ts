import { type Attributes, type Context, type Span, SpanKind, context, trace } from "@opentelemetry/api";

import { issueAttributes, recordFailure, serializeValue } from "../capture/index.js";
import { currentTracer, runtime, scopeAttributes, scopeOf } from "../context/index.js";
import { clock, contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import type { StepRecord } from "../span/index.js";
import type { ValidationIssue } from "../response-schema/index.js";
import type { TokenUsage } from "./attempt.js";
import { OutputList } from "./output-list.js";

/** How an extraction ended. */
export type ExtractionOutcome = "valid" | "invalid" | "refused" | "incomplete" | "cut" | "error" | "cancelled";

/** What a span says from its start. */
export interface ExtractionStart {
  readonly name: string;
  readonly mode: string;
  /** JSON of the functions that the schema stands for. */
  readonly functions: string;
  /** The names of properties that the schema declares. */
  readonly keys: ReadonlySet<string>;
  readonly messages: readonly unknown[];
  /** True where the output is the list of all that was handed to the caller, not the last of it. */
  readonly isList: boolean;
}

/** Ends the spans of streams that were collected half-way. A span never refers to the stream that it follows. */
const forgotten = new FinalizationRegistry<ExtractionSpan>((span) => span.leave());

/** The API keeps 128 events of a span: more would push out the first. */
const MAX_EVENTS = 100;

/**
 * This is the span of one extraction, above those of its attempts: opened by `start`, or by the first pull of a stream,
 * told of what happens, and ended exactly once. None of its methods throws.
 */
export class ExtractionSpan implements StepRecord {
  /** Set by whoever knows, before the end. */
  outcome: ExtractionOutcome = "error";
  readonly #start: ExtractionStart;
  #context: Context | undefined;
  #span: Span | undefined;
  #isContentCaptured = false;
  #isStarted = false;
  #isEnded = false;
  #startedAt = 0;
  #eventCount = 0;
  #itemCount = 0;
  readonly #items: OutputList | undefined;
  #value: unknown;

  constructor(start: ExtractionStart) {
    this.#start = start;
    this.#items = start.isList ? new OutputList() : undefined;
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The context in which the extraction runs; undefined where nobody records. */
  start(): Context | undefined {
    this.#isStarted = true;
    this.#startedAt = clock.now();
    this.#contained(() => {
      const tracer = currentTracer();
      if (tracer === undefined) return;
      const parent = context.active();
      const { name, mode, functions, messages } = this.#start;
      const attributes: Attributes = {
        ...scopeAttributes(parent),
        [semconv.INSTRUCTOR_MODE]: mode,
        [semconv.LLM_REQUEST_FUNCTIONS]: functions,
      };
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, parent);
      this.#span = span;
      this.#context = trace.setSpan(parent, span);
      this.#isContentCaptured = span.isRecording() && runtime.isContentCaptured && scopeOf(parent).isContentCaptured;
      if (this.#isContentCaptured)
        span.setAttribute(semconv.ENTITY_INPUT, serializeValue({ messages }, runtime.limits));
    });
    return this.#context;
  }

  watch(iterator: object): void {
    forgotten.register(iterator, this, this);
  }

  pull(): Context | undefined {
    // One that was left before its first pull has nothing to record.
    if (this.#isEnded) return undefined;
    return this.#isStarted ? this.#context : this.start();
  }

  /** An item, or a snapshot, goes to the caller. */
  chunk(chunk: unknown): void {
    this.#contained(() => {
      if (this.#itemCount++ === 0) this.#set(semconv.INSTRUCTOR_TIME_TO_FIRST_ITEM, clock.now() - this.#startedAt);
      this.#value = chunk;
      if (this.#isContentCaptured) this.#items?.add(chunk);
    });
  }

  /** The first chunk of the model's first answer is there. */
  answering(): void {
    this.#set(semconv.STREAM_TIME_TO_FIRST_CHUNK, clock.now() - this.#startedAt);
  }

  attempted(count: number, usage: TokenUsage): void {
    this.#contained(() =>
      this.#span?.setAttributes({
        [semconv.INSTRUCTOR_ATTEMPTS]: count,
        ...(usage.totalTokens === 0
          ? {}
          : {
              [semconv.TOTAL_INPUT_TOKENS]: usage.inputTokens,
              [semconv.TOTAL_OUTPUT_TOKENS]: usage.outputTokens,
              [semconv.TOTAL_TOKENS]: usage.totalTokens,
            }),
      }),
    );
  }

  /** An attempt, or one item of it, is not valid. */
  invalid(attempt: number, issues: readonly ValidationIssue[], item?: number): void {
    this.#contained(() => {
      if (this.#eventCount++ >= MAX_EVENTS) return;
      this.#span?.addEvent(semconv.VALIDATION_FAILED_EVENT, {
        [semconv.VALIDATION_ATTEMPT]: attempt,
        ...(item === undefined ? {} : { [semconv.VALIDATION_ITEM]: item }),
        ...issueAttributes(issues, this.#isContentCaptured ? undefined : this.#start.keys),
      });
    });
  }

  skipped(count: number): void {
    this.#set(semconv.INSTRUCTOR_ITEMS_SKIPPED, count);
  }

  /** `value` is the result, where it is not what was handed over on the way. */
  complete(value?: unknown): void {
    if (value !== undefined) this.#value = value;
    this.#end("valid");
  }

  /** The consumer has left, or has let go of the stream. Before the first pull there is nothing to record. */
  leave(): void {
    this.#end("cancelled");
  }

  fail(error: unknown): void {
    this.#contained(() => {
      if (this.#span !== undefined && !this.#isEnded) recordFailure(this.#span, error, runtime.limits);
    });
    this.#end(this.outcome);
  }

  #end(outcome: ExtractionOutcome): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    forgotten.unregister(this);
    this.#set(semconv.INSTRUCTOR_OUTCOME, outcome);
    this.#contained(() => {
      if (this.#isContentCaptured && (this.#items !== undefined || this.#value !== undefined)) {
        const output = this.#items === undefined ? serializeValue(this.#value, runtime.limits) : String(this.#items);
        this.#set(semconv.ENTITY_OUTPUT, output);
      }
    });
    this.#contained(() => this.#span?.end());
    this.#context = undefined;
    this.#value = undefined;
  }

  #set(name: string, value: string | number): void {
    this.#contained(() => this.#span?.setAttribute(name, value));
  }

  #contained(work: () => void): void {
    try {
      work();
    } catch (error) {
      contain("SPANDREL_EXTRACTION_FAILED", "recording an extraction", error);
    }
  }
}
