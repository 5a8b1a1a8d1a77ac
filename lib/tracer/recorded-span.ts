import {
  type AttributeValue,
  type Attributes,
  type Context,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from "@opentelemetry/api";
import { clock, contain, errorText } from "../internal/index.js";
import type { ReadableEvent, ReadableSpan } from "../otlp/index.js";
import { EXCEPTION_EVENT, EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE, EXCEPTION_TYPE } from "../semconv.js";
import { AttributeBag } from "./attribute-bag.js";
import { isBefore, readTime, toHrTime } from "./clock.js";

/** Limits of the OpenTelemetry specification. What does not fit is counted on the span. */
const MAX_EVENTS = 128;
const MAX_LINKS = 128;

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };
/** Shared by all spans without events or links, which most are; typed as the lists that replace them at the first. */
const NO_EVENTS = Object.freeze([]) as unknown as ReadableEvent[];
const NO_LINKS = Object.freeze([]) as unknown as Link[];

/** What all spans of one tracer share, and where an ended one goes. */
export interface SpanSource {
  readonly resource: ReadableSpan["resource"];
  readonly instrumentationScope: ReadableSpan["instrumentationScope"];
  /** Called with each span that records, in the context that it starts in. It must not throw. */
  readonly onStart?: (span: Span, context: Context) => void;
  readonly onEnd: (span: ReadableSpan) => void;
  /** The trace of a root that starts in this context, where it is not a new one. */
  readonly rootTraceId?: (context: Context) => string | undefined;
  /** The parent that a child of another tracer's span is to have: that span itself unless it is left out. */
  readonly adoptiveParent?: (parent: SpanContext) => SpanContext | undefined;
}

/** What is known of a span when it starts. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: SpanContext;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startTime: TimeInput | undefined;
  readonly attributes: Attributes | undefined;
  /** The `clock.now()` of the start, and what makes wall clock time of it. */
  readonly now: number;
  readonly clockOffset: number;
}

/**
 * This span records what the API's `Span` is told and is read as a `ReadableSpan`. It does what the SDK's span does at
 * a third of the cost (times are numbers until read, attributes are checked once) and, unlike it, never throws whatever
 * it is given: what is no attribute is counted in `droppedAttributesCount`.
 */
export class RecordedSpan implements Span, ReadableSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  links: Link[] = NO_LINKS;
  events: ReadableEvent[] = NO_EVENTS;
  status: SpanStatus = UNSET;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  /** Children keep it: see `wallClockOffset`. */
  readonly clockOffset: number;
  readonly #bag = new AttributeBag();
  readonly #source: SpanSource;
  readonly #spanContext: SpanContext;
  readonly #startMillis: number;
  /** The start and the end exactly as given, where they were given to the nanosecond. */
  readonly #startExact: HrTime | undefined;
  #endMillis = -1;
  #endExact: HrTime | undefined;

  constructor(source: SpanSource, start: SpanStart) {
    this.#source = source;
    this.name = start.name;
    this.kind = start.kind;
    this.#spanContext = start.spanContext;
    if (start.parentSpanContext !== undefined) this.parentSpanContext = start.parentSpanContext;
    this.clockOffset = start.clockOffset;
    const given = start.startTime === undefined ? undefined : readTime(start.startTime, start.clockOffset);
    this.#startMillis = given?.epochMillis ?? start.now + start.clockOffset;
    this.#startExact = given?.exact;
    if (start.attributes !== undefined) this.#bag.putAll(start.attributes);
  }

  get attributes(): Attributes {
    return this.#bag.values;
  }

  get droppedAttributesCount(): number {
    return this.#bag.dropped;
  }

  get resource(): ReadableSpan["resource"] {
    return this.#source.resource;
  }

  get instrumentationScope(): ReadableSpan["instrumentationScope"] {
    return this.#source.instrumentationScope;
  }

  get startTime(): HrTime {
    return this.#startExact ?? toHrTime(this.#startMillis);
  }

  get endTime(): HrTime {
    if (this.#endMillis < 0) return [0, 0];
    return this.#endExact ?? toHrTime(this.#endMillis);
  }

  get duration(): HrTime {
    if (this.#endMillis < 0) return [-1, -1];
    const [startSeconds, startNanos] = this.startTime;
    const [endSeconds, endNanos] = this.endTime;
    const nanos = endNanos - startNanos;
    return nanos < 0 ? [endSeconds - startSeconds - 1, nanos + 1e9] : [endSeconds - startSeconds, nanos];
  }

  get ended(): boolean {
    return this.#endMillis >= 0;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return this.#endMillis < 0;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.#endMillis < 0) this.#bag.put(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.#endMillis < 0) this.#bag.putAll(attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#endMillis >= 0) return this;
    if (this.events.length >= MAX_EVENTS) {
      this.droppedEventsCount++;
      return this;
    }
    return this.#contained(() => {
      const isTime =
        typeof attributesOrTime !== "object" || attributesOrTime instanceof Date || Array.isArray(attributesOrTime);
      const given =
        readTime(time, this.clockOffset) ?? (isTime ? readTime(attributesOrTime, this.clockOffset) : undefined);
      const bag = new AttributeBag();
      if (!isTime) bag.putAll(attributesOrTime);
      const event: ReadableEvent = {
        name: String(name),
        attributes: bag.values,
        time: given?.exact ?? toHrTime(given?.epochMillis ?? clock.now() + this.clockOffset),
        droppedAttributesCount: bag.dropped,
      };
      if (this.events === NO_EVENTS) this.events = [event];
      else this.events.push(event);
    });
  }

  addLink(link: Link): this {
    if (this.#endMillis >= 0) return this;
    return this.#contained(() => {
      const context: unknown = (link as Link | null | undefined)?.context;
      if (this.links.length >= MAX_LINKS || typeof (context as SpanContext | undefined)?.spanId !== "string") {
        this.droppedLinksCount++;
        return;
      }
      const bag = new AttributeBag();
      bag.putAll(link.attributes);
      const dropped = bag.dropped === 0 ? {} : { droppedAttributesCount: bag.dropped };
      const kept: Link = { context: link.context, attributes: bag.values, ...dropped };
      if (this.links === NO_LINKS) this.links = [kept];
      else this.links.push(kept);
    });
  }

  addLinks(links: Link[]): this {
    return this.#contained(() => {
      for (const link of links) this.addLink(link);
    });
  }

  /** As the specification says: unset is ignored, OK is final, only an error has a message. */
  setStatus(status: SpanStatus): this {
    if (this.#endMillis >= 0 || this.status.code === SpanStatusCode.OK) return this;
    return this.#contained(() => {
      const { code, message } = status;
      if (code === SpanStatusCode.OK) this.status = { code };
      else if (code === SpanStatusCode.ERROR) this.status = typeof message === "string" ? { code, message } : { code };
    });
  }

  updateName(name: string): this {
    if (this.#endMillis >= 0) return this;
    return this.#contained(() => {
      this.name = String(name);
    });
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent(EXCEPTION_EVENT, exceptionAttributes(exception), time);
  }

  end(endTime?: TimeInput): void {
    if (this.#endMillis >= 0) return;
    const given = endTime === undefined ? undefined : readTime(endTime, this.clockOffset);
    const end = given?.epochMillis ?? clock.now() + this.clockOffset;
    // An end before the start is a clock's mistake, not a negative duration.
    const isEarly = end < this.#startMillis || (given?.exact !== undefined && isBefore(given.exact, this.startTime));
    this.#endMillis = isEarly ? this.#startMillis : end;
    this.#endExact = isEarly ? this.#startExact : given?.exact;
    this.#source.onEnd(this);
  }

  /** For what runs rarely and reads what the user gave, which may throw when it is looked at. */
  #contained(record: () => void): this {
    try {
      record();
    } catch (error) {
      contain("SPANDREL_SPAN_MISUSED", "recording on a span", error);
    }
    return this;
  }
}

function exceptionAttributes(exception: unknown): Attributes {
  try {
    const isObject = typeof exception === "object" && exception !== null;
    const { name, message, stack }: Partial<Error> = isObject ? exception : {};
    return {
      [EXCEPTION_TYPE]: typeof name === "string" ? name : typeof exception,
      [EXCEPTION_MESSAGE]: typeof message === "string" ? message : errorText(exception),
      ...(typeof stack === "string" ? { [EXCEPTION_STACKTRACE]: stack } : {}),
    };
  } catch (error) {
    return { [EXCEPTION_TYPE]: "unreadable", [EXCEPTION_MESSAGE]: errorText(error) };
  }
}
