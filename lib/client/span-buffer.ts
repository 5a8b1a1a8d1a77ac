import { types } from "node:util";
import {
  type Attributes,
  type Context,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type TimeInput,
  context,
  trace,
} from "@opentelemetry/api";
import { type SpanHolder, enterHolder, holderIn, leaveTrace, runtime, scopeAttributes } from "../context/index.js";
import { SpandrelError } from "../errors.js";
import { contain, log, newSpanId, sharedSlot } from "../internal/index.js";
import { type EditableSpan, type ReadableSpan, SpanCopy, encodeTracesData, reviveTracesData } from "../otlp/index.js";
import { PROCESSORS } from "../semconv.js";
import { type BufferTrace, type ResolvedTrace, isSpanId, resolveTrace, spanContextOf } from "./buffer-trace.js";
import { currentDelivery, sayNotOurs } from "./delivery.js";
import { readOption } from "./read-option.js";
import { type GivenAttributes, toAttributes } from "./to-attributes.js";

/** These options describe a span that a buffer creates, usually of something that is over. */
export interface CreateSpanOptions {
  /** OpenTelemetry's kind. Default INTERNAL. */
  readonly kind?: SpanKind | undefined;
  /** Default: `endTime` where that is given, otherwise now. */
  readonly startTime?: TimeInput | undefined;
  /** Default now. */
  readonly endTime?: TimeInput | undefined;
  /** The id of another span of this trace, such as `createSpan` returns it. Default: the active span of this trace, if any. */
  readonly parent?: string | undefined;
  /** Links to other spans. */
  readonly links?: readonly Link[] | undefined;
}

/** By buffer, as the package may be loaded twice: what gives its spans away for processing. */
const takers = sharedSlot<{ readonly byBuffer: WeakMap<object, () => readonly ReadableSpan[]> }>("buffers", () => ({
  byBuffer: new WeakMap(),
}));

/** What a buffer holds, which from now on counts as processed; undefined for anything that is no buffer. */
export function takeForProcessing(value: object): readonly ReadableSpan[] | undefined {
  return takers.byBuffer.get(value)?.();
}

/** A new buffer; users get theirs from `getClient().getSpanBuffer()`. */
export let createSpanBuffer: (trace: BufferTrace | undefined) => SpanBuffer;

/**
 * This holds spans back until it is decided what becomes of them. Every span that ends inside `run` is held, whoever
 * makes it, and none is exported unless the buffer, or a list of its spans, is given to `getClient().processSpans`; a
 * buffer that is not processed is discarded with its spans. Buffers that run at the same time do not see one another's
 * spans, and of nested ones the innermost holds. With telemetry off a buffer stays empty.
 *
 * @example
 * ```ts
 * const buffer = getClient().getSpanBuffer("trace-123");
 * await buffer.run(() => desk.handle(message));
 * if (buffer.getAllSpans().some((span) => span.status.code === SpanStatusCode.ERROR)) await getClient().processSpans(buffer);
 * ```
 */
export class SpanBuffer {
  static {
    createSpanBuffer = (given) => new SpanBuffer(resolveTrace(given));
  }

  /** The trace of the spans that start as roots inside `run`, and of those that the buffer creates: 32 hex digits. */
  readonly traceId: string;
  /** The span that they are children of; undefined where they are roots. */
  readonly parentSpanId: string | undefined;
  readonly #parent: SpanContext | undefined;
  readonly #isPlaced: boolean;
  readonly #holder: SpanHolder;
  /** The last there was: what it hides is hidden after its shutdown, too. */
  #delivery = currentDelivery();
  #spans: EditableSpan[] = [];
  #running = 0;
  #isProcessed = false;

  private constructor({ traceId, parent, isPlaced }: ResolvedTrace) {
    this.traceId = traceId;
    this.parentSpanId = parent?.spanId;
    this.#parent = parent;
    this.#isPlaced = isPlaced;
    takers.byBuffer.set(this, () => this.#take());
    this.#holder = SpanBuffer.#makeHolder(traceId, new WeakRef(this));
  }

  /**
   * Timers and connections that were opened inside keep its context for as long as they live, but not the buffer: what
   * nobody can process any more is discarded. Not in the constructor, whose closures share what they refer to.
   */
  static #makeHolder(traceId: string, ref: WeakRef<SpanBuffer>): SpanHolder {
    return {
      traceId,
      hold(span, isOwn) {
        const buffer = ref.deref();
        return buffer === undefined ? isOwn : buffer.#hold(span as ReadableSpan, isOwn);
      },
    };
  }

  /**
   * Makes a buffer of what `serialize` wrote, in this or another process: the same spans of the same trace, with which it
   * goes on. Throws `SpandrelError` (`SPANDREL_BUFFER_UNREADABLE`) for a text of which anything cannot be read.
   */
  static deserialize(text: string): SpanBuffer {
    const { spans, skipped, fault } = reviveTracesData(text);
    if (fault !== undefined || skipped > 0) {
      const problem = fault ?? `${skipped} of its spans cannot be read`;
      throw new SpandrelError("SPANDREL_BUFFER_UNREADABLE", `this is not what SpanBuffer.serialize wrote: ${problem}`);
    }
    const [first] = spans;
    const buffer = createSpanBuffer(first === undefined ? undefined : first.spanContext().traceId);
    // OTLP groups them by their scopes.
    const byEnd = spans.sort((a, b) => a.endTime[0] - b.endTime[0] || a.endTime[1] - b.endTime[1]);
    buffer.#spans = byEnd.map((span) => new SpanCopy(span));
    return buffer;
  }

  /**
   * Runs `fn` so that every span that ends inside is held, and returns what it returns. Spans that start there as roots
   * are of the buffer's trace; where its trace is not the active one, the active span is not their parent. A span that
   * ends after `fn` is done, or its promise has settled, is held as well, or follows the others if they were processed.
   */
  run<R>(fn: () => R): R {
    this.#sayUnheld();
    this.#isProcessed = false;
    this.#running++;
    let result: R;
    try {
      result = context.with(this.#enter(context.active()), () => {
        this.#sayOutside(context.active());
        return fn();
      });
    } catch (error) {
      this.#running--;
      throw error;
    }
    if (!isPlainPromise(result)) {
      this.#running--;
      return result;
    }
    return result.finally(() => this.#running--) as R;
  }

  /**
   * Creates a span that is over, and holds it: for what was not traced while it ran. It carries the attributes of the
   * context it is created in; values that are no attribute values are written as JSON. Returns the span's id, 16 hex
   * digits. Never throws.
   */
  createSpan(name: string, attributes: GivenAttributes = {}, options: CreateSpanOptions = {}): string {
    this.#sayUnheld();
    const recorder = currentDelivery()?.recorder;
    if (recorder === undefined || runtime.state !== "on") return newSpanId();
    this.#isProcessed = false;
    try {
      const { parent, endTime, ...given } = readOption("createSpan", "options", () => ({ ...options })) ?? {};
      const parentId = readParent(parent);
      const held = this.#find(parentId);
      const place = this.#placeOf(parentId, held?.spanContext());
      const tag = held?.attributes[PROCESSORS];
      const own = {
        ...scopeAttributes(place),
        ...(tag === undefined ? {} : { [PROCESSORS]: tag as string[] }),
        ...readOption("createSpan", "attributes", () => toAttributes(attributes)),
      };
      const start = { ...given, startTime: given.startTime ?? endTime };
      const span = recorder.startSpan(name, startOptions(own, start), enterHolder(place, this.#holder));
      span.end(endTime);
      return span.spanContext().spanId;
    } catch (error) {
      contain("SPANDREL_CREATE_SPAN", "creating a span in a buffer", error);
      return newSpanId();
    }
  }

  /** The spans held, in the order of their ends: the list is a copy, the spans may be changed before they are processed. */
  getAllSpans(): EditableSpan[] {
    return [...this.#spans];
  }

  /** How many spans are held. */
  getSpanCount(): number {
    return this.#spans.length;
  }

  /** Forgets the spans held. */
  clearSpans(): void {
    this.#spans = [];
  }

  /**
   * The spans held as one `TracesData` of OTLP JSON, without line breaks and with secrets hidden, for
   * `SpanBuffer.deserialize` or any reader of OTLP. A span that cannot be written is left out, which is said.
   */
  serialize(): string {
    const { text, rejected } = encodeTracesData(this.#redacted());
    for (const { reason } of rejected) {
      log.warn("SPANDREL_BUFFER_SPAN", `a span cannot be serialised and is left out: ${reason}`);
    }
    return text;
  }

  #redacted(): ReadableSpan[] {
    const delivery = currentDelivery() ?? this.#delivery;
    if (delivery === undefined) return this.#spans;
    return this.#spans.flatMap((span) => {
      try {
        return [delivery.redact(span)];
      } catch (error) {
        // One in which secrets cannot be looked for is left out rather than passed on.
        contain("SPANDREL_REDACTION_FAILED", "redacting a span", error);
        return [];
      }
    });
  }

  #find(spanId: string | undefined): ReadableSpan | undefined {
    return spanId === undefined ? undefined : this.#spans.find((span) => span.spanContext().spanId === spanId);
  }

  #take(): readonly ReadableSpan[] {
    this.#isProcessed = true;
    return this.#spans;
  }

  /**
   * A span of its own that ends when all is over follows those it was with. Another's is held only while it runs: a
   * shared connection ends spans in the context of whoever opened it.
   */
  #hold(span: ReadableSpan, isOwn: boolean): boolean {
    if (this.#running === 0 && (this.#isProcessed || !isOwn)) return false;
    this.#delivery = currentDelivery() ?? this.#delivery;
    this.#spans.push(new SpanCopy(span));
    return true;
  }

  #enter(active: Context): Context {
    return enterHolder(this.#goesOnIn(active) ? active : this.#ownContext(active), this.#holder);
  }

  /** True where spans go on below the active one: inside `run`, and where it is of this trace and no other place was asked for. */
  #goesOnIn(active: Context): boolean {
    const span = trace.getSpanContext(active);
    if (span === undefined) return false;
    return holderIn(active) === this.#holder || (span.traceId === this.traceId && !this.#isPlaced);
  }

  #ownContext(active: Context): Context {
    const outside = leaveTrace(active);
    return this.#parent === undefined ? outside : trace.setSpanContext(outside, this.#parent);
  }

  /** Where a span is created: below the one that is named, or the active one, or at the top. */
  #placeOf(parentId: string | undefined, parent: SpanContext | undefined): Context {
    const active = context.active();
    const isActive = parentId === undefined || parentId === trace.getSpanContext(active)?.spanId;
    if (isActive && this.#goesOnIn(active)) return active;
    const own = this.#ownContext(active);
    if (parentId === undefined) return own;
    return trace.setSpanContext(own, parent ?? spanContextOf(this.traceId, parentId, false));
  }

  /** Without a context manager `run` cannot be told from what is around it. */
  #sayOutside(active: Context): void {
    if (holderIn(active) === this.#holder || currentDelivery()?.recorder === undefined) return;
    log.warn(
      "SPANDREL_BUFFER_NO_CONTEXT",
      "a SpanBuffer holds only the spans that it creates itself, as no OpenTelemetry context manager is registered; call " +
        "context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())",
    );
  }

  #sayUnheld(): void {
    const delivery = currentDelivery();
    if (delivery !== undefined && delivery.recorder === undefined) sayNotOurs();
    else if (delivery === undefined && runtime.state === "idle")
      log.warn("SPANDREL_NOT_STARTED", "a SpanBuffer that is used before startTelemetry holds nothing; start it first");
  }
}

function startOptions(attributes: Attributes, { kind, startTime, links: given }: CreateSpanOptions): SpanOptions {
  const links = given && readOption("createSpan", "links", () => [...given]);
  return {
    attributes,
    ...(kind === undefined ? {} : { kind }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(links === undefined ? {} : { links }),
  };
}

/** A span there is, if not where it was meant to be. */
function readParent(given: string | undefined): string | undefined {
  if (given === undefined || isSpanId(given)) return given;
  log.warn(
    "SPANDREL_BUFFER_PARENT",
    "createSpan was given a parent that is no span id of 16 hex digits, and ignores it",
  );
  return undefined;
}

/** Others may be lazy, or carry something: nothing is started or lost that the caller has not asked for. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value)) return false;
  return Object.getPrototypeOf(value) === Promise.prototype && Object.keys(value).length === 0;
}
