import { type Context, type Link, type SpanKind, type TimeInput, context, trace } from "@opentelemetry/api";
import { type SpanHolder, enterHolder, enterScope, runtime, scopeAttributes, scopeOf } from "../context/index.js";
import { SpandrelError } from "../errors.js";
import { contain, log, newSpanId, sharedSlot } from "../internal/index.js";
import { type EditableSpan, type ReadableSpan, SpanCopy, encodeTracesData, reviveTracesData } from "../otlp/index.js";
import { PROCESSORS } from "../semconv.js";
import { type BufferTrace, type ResolvedTrace, isSpanId, resolveTrace, spanContextOf } from "./buffer-trace.js";
import { type Delivery, currentDelivery } from "./delivery.js";
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
    createSpanBuffer = (given) => new SpanBuffer(resolveTrace(given), currentDelivery());
  }

  /** The trace of the spans that start as roots inside `run`, and of those that the buffer creates: 32 hex digits. */
  readonly traceId: string;
  /** The span that they are children of; undefined where they are roots. */
  readonly parentSpanId: string | undefined;
  readonly #delivery: Delivery | undefined;
  readonly #holder: SpanHolder;
  #spans: EditableSpan[] = [];
  #running = 0;
  #isProcessed = false;

  private constructor({ traceId, parentSpanId }: ResolvedTrace, delivery: Delivery | undefined) {
    this.traceId = traceId;
    this.parentSpanId = parentSpanId;
    this.#delivery = delivery;
    takers.byBuffer.set(this, () => this.#take());
    this.#holder = { traceId, hold: (span) => this.#hold(span as ReadableSpan) };
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
      result = context.with(this.#enter(context.active()), fn);
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
    const recorder = this.#delivery?.recorder;
    if (recorder === undefined || runtime.state !== "on") return newSpanId();
    this.#isProcessed = false;
    try {
      const { kind, startTime = options.endTime, endTime, links } = options;
      const parentId = readParent(options.parent);
      const parent = this.#contextOf(parentId);
      const span = recorder.startSpan(
        name,
        {
          attributes: { ...this.#inherited(parent, parentId), ...toAttributes(attributes) },
          ...(kind === undefined ? {} : { kind }),
          ...(startTime === undefined ? {} : { startTime }),
          ...(links === undefined ? {} : { links: [...links] }),
        },
        enterHolder(parent, this.#holder),
      );
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

  /** Forgets the spans held, unless they are processed already. */
  clearSpans(): void {
    this.#spans = [];
  }

  /**
   * The spans held as one `TracesData` of OTLP JSON, without line breaks and with secrets hidden, for
   * `SpanBuffer.deserialize` or any reader of OTLP. A span that cannot be written is left out, which is said.
   */
  serialize(): string {
    const { redact = (span: ReadableSpan) => span } = this.#delivery ?? {};
    const { text, rejected } = encodeTracesData(this.#spans.map(redact));
    for (const { reason } of rejected) {
      log.warn("SPANDREL_BUFFER_SPAN", `a span cannot be serialised and is left out: ${reason}`);
    }
    return text;
  }

  #take(): readonly ReadableSpan[] {
    this.#isProcessed = true;
    return this.#spans;
  }

  /** A span that ends when all is over follows those it was with. */
  #hold(span: ReadableSpan): boolean {
    if (this.#isProcessed && this.#running === 0) return false;
    this.#spans.push(new SpanCopy(span));
    return true;
  }

  #enter(active: Context): Context {
    const inTrace = this.#isActiveTrace(active) ? active : this.#ownContext(active);
    return enterHolder(inTrace, this.#holder);
  }

  #isActiveTrace(active: Context): boolean {
    return trace.getSpanContext(active)?.traceId === this.traceId;
  }

  /** What is around the buffer's trace is another one: of it remain the attributes and the veto on content. */
  #ownContext(active: Context): Context {
    const { propagated, isContentCaptured } = scopeOf(active);
    const outside = enterScope(trace.deleteSpan(active), {
      entityPath: "",
      workflowName: undefined,
      tag: undefined,
      propagated,
      isContentCaptured,
      isSampleDecided: false,
    });
    if (this.parentSpanId === undefined) return outside;
    return trace.setSpanContext(outside, spanContextOf(this.traceId, this.parentSpanId, true));
  }

  #contextOf(parentId: string | undefined): Context {
    const active = context.active();
    if (parentId === undefined) return this.#isActiveTrace(active) ? active : this.#ownContext(active);
    return trace.setSpanContext(this.#ownContext(active), spanContextOf(this.traceId, parentId, false));
  }

  #inherited(parent: Context, parentId: string | undefined): ReturnType<typeof scopeAttributes> {
    const attributes = scopeAttributes(parent);
    if (parentId === undefined) return attributes;
    const tag = this.#spans.find((span) => span.spanContext().spanId === parentId)?.attributes[PROCESSORS];
    return tag === undefined ? attributes : { ...attributes, [PROCESSORS]: tag as string[] };
  }

  /** A buffer that holds nothing must not look as if there had been nothing to hold. */
  #sayUnheld(): void {
    if (this.#delivery !== undefined && this.#delivery.recorder === undefined) {
      log.warn(
        "SPANDREL_BUFFER_UNUSED",
        "a SpanBuffer cannot hold the spans of a ready-made tracerProvider; give startTelemetry a function (spandrel) => provider",
      );
    } else if (this.#delivery === undefined && runtime.state === "idle") {
      log.warn("SPANDREL_NOT_STARTED", "a SpanBuffer made before startTelemetry holds nothing; start telemetry first");
    }
  }
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

/** Others may be lazy: nothing is started that the caller has not asked for. */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && Object.getPrototypeOf(value) === Promise.prototype;
}
