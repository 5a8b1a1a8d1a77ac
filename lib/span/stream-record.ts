import type { Context, HrTime, Span } from "@opentelemetry/api";
import { runtime } from "../context/index.js";
import { clock, contain, spanWatch } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { recordFailure, serializeValue } from "../capture/index.js";
import { type ChunkCollector, createChunkCollector } from "./chunk-collector.js";
import type { OpenSpan } from "./open-span.js";
import type { SpanPlan } from "./span-plan.js";

/** How a stream ended: read to the end, left by its consumer, broken by an error, or forgotten half-way. */
export type StreamOutcome = "completed" | "returned" | "failed" | "abandoned";

/**
 * Opens the span at the first pull; undefined where the one opened at the call is to be used in any case. Its parent is
 * that of the call unless another is given.
 */
export type Reopen = ((parent?: Context) => OpenSpan) | undefined;

/** Events beyond this many would only push out earlier ones: the API's own limit per span is 128. */
const MAX_CHUNK_EVENTS = 100;

/**
 * This ends the spans of streams that were collected half-way. A record never refers to the stream it follows, so
 * waiting for it keeps nothing alive.
 */
const forgotten = new FinalizationRegistry<StreamRecord>((record) => record.abandon());

/**
 * This is the life of one streamed call's span: opened at the first pull, told of each chunk, ended exactly once.
 * Where the method's body ran at the call already (it was no generator) the span was opened then; it is kept if anyone
 * saw it there, so that the body's children have their parent, and otherwise opened anew at the first pull.
 * None of its methods throws.
 */
export class StreamRecord {
  readonly #plan: SpanPlan;
  #open: OpenSpan | undefined;
  #collector: ChunkCollector | undefined;
  #reader: object | undefined;
  /** False where chunks need only be counted. */
  #isChunkWanted = false;
  #isEnded = false;
  #chunkCount = 0;
  #startedAt: number;
  #firstChunkAt = 0;

  /** `open` is the span opened at the call, if one was. */
  constructor(plan: SpanPlan, open: OpenSpan | undefined) {
    this.#plan = plan;
    this.#open = open;
    this.#startedAt = open === undefined ? 0 : startOf(open.span);
  }

  get plan(): SpanPlan {
    return this.#plan;
  }

  /** True once the stream has been pulled. */
  get isStarted(): boolean {
    return this.#reader !== undefined;
  }

  /** The context of the span that is open now, if one is. */
  get scope(): Context | undefined {
    return this.#isEnded ? undefined : this.#open;
  }

  /**
   * Ends a span that was opened at the call if `stream` is collected before anyone pulls it. An iterable is watched
   * until it has made its iterator, then that is: the one may be gone while the other is read.
   */
  watch(stream: object): void {
    if (this.#open !== undefined && !this.#isEnded) this.#watch(stream);
  }

  /**
   * The context a pull runs in; undefined when nothing is left to record. The first pull opens the span by `reopen`,
   * which the record never keeps, as it holds the method's `this` and arguments. An iterable may make several
   * iterators: the `reader` that pulls first is recorded, others go unseen.
   */
  pull(stream: object, reopen: Reopen, reader: object = this): Context | undefined {
    if (this.#isEnded) return undefined;
    if (this.#reader === undefined) this.#start(stream, reopen, reader);
    return this.#reader === reader ? this.#open : undefined;
  }

  chunk(chunk: unknown): void {
    const open = this.#open;
    if (this.#isEnded || open === undefined) return;
    const index = this.#chunkCount++;
    if (index === 0) this.#firstChunkAt = clock.now();
    if (this.#isChunkWanted) this.#keep(open, chunk, index);
  }

  #keep(open: OpenSpan, chunk: unknown, index: number): void {
    try {
      this.#collector?.add(chunk);
      if (this.#plan.stream.chunkEvents && index < MAX_CHUNK_EVENTS) {
        open.span.addEvent(semconv.STREAM_CHUNK_EVENT, {
          [semconv.STREAM_CHUNK_INDEX]: index,
          [semconv.STREAM_CHUNK_OFFSET]: clock.now() - this.#startedAt,
        });
      }
    } catch (error) {
      contain("SPANDREL_CHUNK_FAILED", "recording a chunk", error);
    }
  }

  /** The stream is exhausted. `returned` is what a generator returned. */
  complete(returned?: unknown): void {
    this.#end("completed", () => {
      if (returned === undefined || this.#open?.isContentCaptured !== true || this.#plan.captureOutput === false)
        return;
      this.#open.span.setAttribute(semconv.STREAM_RETURN_VALUE, serializeValue(returned, runtime.limits));
    });
  }

  /** The consumer has left. Before the first pull there is nothing to record. */
  leave(): void {
    if (this.isStarted || this.#open?.isSpanObserved === true) this.#end("returned");
    else this.#drop();
  }

  fail(error: unknown): void {
    if (!this.isStarted && this.#open?.isSpanObserved !== true) return this.#drop();
    this.#end("failed", () => {
      if (this.#open !== undefined) recordFailure(this.#open.span, error, runtime.limits);
    });
  }

  /** The stream was collected. One that nobody pulled leaves a span only where the body has made children. */
  abandon(): void {
    if (this.isStarted || this.#open?.isSpanObserved === true) this.#end("abandoned");
    else this.#drop();
  }

  #start(stream: object, reopen: Reopen, reader: object): void {
    this.#reader = reader;
    try {
      this.#watch(stream);
      const unseen = this.#open;
      if (reopen !== undefined && unseen?.isSpanObserved !== true) {
        this.#startedAt = clock.now();
        this.#open = reopen();
        // Work that the body began at the call and goes on with later finds the span that is recorded.
        if (unseen !== undefined) {
          spanWatch.current?.dropped(unseen.span);
          unseen.giveWayTo(this.#open);
        }
      }
      const open = this.#open;
      if (open?.isContentCaptured === true && open.span.isRecording())
        this.#collector = createChunkCollector(this.#plan);
      this.#isChunkWanted = this.#collector !== undefined || this.#plan.stream.chunkEvents;
    } catch (error) {
      this.#drop();
      contain("SPANDREL_OPEN_FAILED", "opening a span", error);
    }
  }

  #watch(stream: object): void {
    forgotten.unregister(this);
    forgotten.register(stream, this, this);
  }

  #drop(): void {
    this.#isEnded = true;
    if (this.#open !== undefined) spanWatch.current?.dropped(this.#open.span);
    this.#open = undefined;
    forgotten.unregister(this);
  }

  #end(outcome: StreamOutcome, describe?: () => void): void {
    const open = this.#open;
    if (this.#isEnded) return;
    this.#isEnded = true;
    forgotten.unregister(this);
    if (open === undefined) return;
    try {
      if (open.span.isRecording()) {
        open.span.setAttribute(semconv.STREAM_CHUNK_COUNT, this.#chunkCount);
        if (this.#chunkCount > 0) {
          open.span.setAttribute(semconv.STREAM_TIME_TO_FIRST_CHUNK, this.#firstChunkAt - this.#startedAt);
        }
        open.span.setAttribute(semconv.STREAM_OUTCOME, outcome);
        const output = this.#collector?.text();
        if (output !== undefined) open.span.setAttribute(semconv.ENTITY_OUTPUT, output);
        describe?.();
      }
      open.span.end();
    } catch (error) {
      contain("SPANDREL_END_FAILED", "ending a span", error);
    }
    this.#collector = undefined;
  }
}

/** Spans of ours and of the SDK tell when they started; only ours, by which clock. */
type MaybeTimed = Span & { readonly startTime?: HrTime; readonly clockOffset?: number };

/** When a span started, as a `clock.now()` reading. */
function startOf({ startTime, clockOffset = clock.epochNow() - clock.now() }: MaybeTimed): number {
  if (startTime === undefined) return clock.now();
  return startTime[0] * 1000 + startTime[1] / 1e6 - clockOffset;
}
