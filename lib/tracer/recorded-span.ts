import {
  type AttributeValue,
  type Attributes,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from "@opentelemetry/api";
import { errorText, log } from "../internal/index.js";
import type { ReadableEvent, ReadableSpan } from "../otlp/index.js";
import { EXCEPTION_EVENT, EXCEPTION_MESSAGE, EXCEPTION_STACKTRACE, EXCEPTION_TYPE } from "../semconv.js";
import { isAttributeValue } from "./attribute-value.js";
import { toEpochMillis, toHrTime } from "./clock.js";

/** Limits of the OpenTelemetry specification. What does not fit is counted on the span. */
const MAX_ATTRIBUTES = 128;
const MAX_EVENTS = 128;
const MAX_LINKS = 128;

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };
const NONE: readonly never[] = Object.freeze([]);

/** What all spans of one tracer share, and where an ended one goes. */
export interface SpanSource {
  readonly resource: ReadableSpan["resource"];
  readonly instrumentationScope: ReadableSpan["instrumentationScope"];
  readonly onEnd: (span: ReadableSpan) => void;
}

/** What is known of a span when it starts. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: SpanContext;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startTime: TimeInput | undefined;
  readonly attributes: Attributes | undefined;
  /** The `performance.now()` of the start, and what makes wall clock time of it. */
  readonly now: number;
  readonly clockOffset: number;
}

/**
 * This span records what the API's `Span` is told and is read as a `ReadableSpan`. It does what the SDK's span does at
 * a third of the cost (times are numbers until read, attributes are checked once) and, unlike it, never throws whatever
 * it is given: a value that is no attribute is counted in `droppedAttributesCount`.
 */
export class RecordedSpan implements Span, ReadableSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly attributes: Attributes = {};
  links: Link[] = NONE as unknown as Link[];
  events: ReadableEvent[] = NONE as unknown as ReadableEvent[];
  status: SpanStatus = UNSET;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  /** Children keep it: see `wallClockOffset`. */
  readonly clockOffset: number;
  readonly #source: SpanSource;
  readonly #spanContext: SpanContext;
  readonly #startMillis: number;
  /** The start exactly as given, where it was given to the nanosecond. */
  readonly #startExact: HrTime | undefined;
  #endMillis = -1;
  #endExact: HrTime | undefined;
  #attributeCount = 0;

  constructor(source: SpanSource, start: SpanStart) {
    this.#source = source;
    this.name = start.name;
    this.kind = start.kind;
    this.#spanContext = start.spanContext;
    if (start.parentSpanContext !== undefined) this.parentSpanContext = start.parentSpanContext;
    this.clockOffset = start.clockOffset;
    const given = start.startTime === undefined ? undefined : toEpochMillis(start.startTime, start.clockOffset);
    this.#startMillis = given ?? start.now + start.clockOffset;
    this.#startExact = given !== undefined && Array.isArray(start.startTime) ? start.startTime : undefined;
    if (start.attributes !== undefined) this.#setFirstAttributes(start.attributes);
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
    if (this.#endMillis >= 0 || value === null || value === undefined) return this;
    if (typeof key !== "string" || key === "" || key === "__proto__" || !isAttributeValue(value)) {
      this.droppedAttributesCount++;
      log.debug("SPANDREL_ATTRIBUTE_DROPPED", "an attribute has no name, or a value that is no attribute value");
      return this;
    }
    if (this.attributes[key] === undefined && this.#attributeCount++ >= MAX_ATTRIBUTES) {
      this.droppedAttributesCount++;
      return this;
    }
    this.attributes[key] = Array.isArray(value) ? (value.slice() as AttributeValue) : value;
    return this;
  }

  /** Most attributes are scalars given at the start; none is there yet that one could replace. */
  #setFirstAttributes(given: Attributes): void {
    try {
      for (const key in given) {
        if (!Object.hasOwn(given, key)) continue;
        const value = given[key];
        const type = typeof value;
        const isScalar = type === "string" || type === "number" || type === "boolean";
        if (isScalar && key !== "" && key !== "__proto__" && this.#attributeCount < MAX_ATTRIBUTES) {
          this.attributes[key] = value;
          this.#attributeCount++;
        } else if (value !== undefined) this.setAttribute(key, value);
      }
    } catch (error) {
      this.#dropUnreadable(error);
    }
  }

  #dropUnreadable(error: unknown): void {
    this.droppedAttributesCount++;
    log.debug("SPANDREL_ATTRIBUTE_DROPPED", `attributes cannot be read: ${errorText(error)}`);
  }

  setAttributes(attributes: Attributes): this {
    try {
      for (const key in attributes) {
        const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
        if (value !== undefined) this.setAttribute(key, value);
      }
    } catch (error) {
      this.#dropUnreadable(error);
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#endMillis >= 0) return this;
    if (this.events.length >= MAX_EVENTS) {
      this.droppedEventsCount++;
      return this;
    }
    const isTime = typeof attributesOrTime !== "object" || attributesOrTime instanceof Date || Array.isArray(attributesOrTime);
    const given = isTime ? (attributesOrTime as TimeInput | undefined) ?? time : time;
    const { attributes, dropped } = checkedAttributes(isTime ? undefined : (attributesOrTime as Attributes));
    const event: ReadableEvent = {
      name: String(name),
      attributes,
      time: toHrTime(toEpochMillis(given, this.clockOffset) ?? performance.now() + this.clockOffset),
      droppedAttributesCount: dropped,
    };
    if (this.events.length === 0) this.events = [event];
    else this.events.push(event);
    return this;
  }

  addLink(link: Link): this {
    if (this.#endMillis >= 0) return this;
    if (this.links.length >= MAX_LINKS || typeof link?.context?.spanId !== "string") {
      this.droppedLinksCount++;
      return this;
    }
    const { attributes, dropped } = checkedAttributes(link.attributes);
    const kept: Link = { context: link.context, attributes, ...(dropped > 0 ? { droppedAttributesCount: dropped } : {}) };
    if (this.links.length === 0) this.links = [kept];
    else this.links.push(kept);
    return this;
  }

  addLinks(links: Link[]): this {
    if (Array.isArray(links)) for (const link of links) this.addLink(link);
    return this;
  }

  /** As the specification says: unset is ignored, OK is final, only an error has a message. */
  setStatus(status: SpanStatus): this {
    const code: unknown = (status as SpanStatus | null | undefined)?.code;
    if (this.#endMillis >= 0 || this.status.code === SpanStatusCode.OK) return this;
    if (code === SpanStatusCode.OK) this.status = { code };
    else if (code === SpanStatusCode.ERROR) {
      this.status = typeof status.message === "string" ? { code, message: status.message } : { code };
    }
    return this;
  }

  updateName(name: string): this {
    if (this.#endMillis < 0) this.name = String(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    let attributes: Attributes;
    try {
      const { name, message, stack } = typeof exception === "object" ? exception : { message: String(exception) };
      attributes = {
        [EXCEPTION_TYPE]: typeof name === "string" ? name : typeof exception,
        [EXCEPTION_MESSAGE]: typeof message === "string" ? message : errorText(exception),
      };
      if (typeof stack === "string") attributes[EXCEPTION_STACKTRACE] = stack;
    } catch (error) {
      attributes = { [EXCEPTION_TYPE]: "unreadable", [EXCEPTION_MESSAGE]: errorText(error) };
    }
    this.addEvent(EXCEPTION_EVENT, attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (this.#endMillis >= 0) return;
    const given = endTime === undefined ? undefined : toEpochMillis(endTime, this.clockOffset);
    const end = given ?? performance.now() + this.clockOffset;
    // An end before the start is a clock's mistake, not a negative duration.
    this.#endMillis = end < this.#startMillis ? this.#startMillis : end;
    if (end < this.#startMillis) this.#endExact = this.#startExact;
    else if (given !== undefined && Array.isArray(endTime)) this.#endExact = endTime;
    this.#source.onEnd(this);
  }
}

function checkedAttributes(given: Attributes | undefined): { attributes: Attributes; dropped: number } {
  const attributes: Attributes = {};
  let dropped = 0;
  try {
    for (const key in given) {
      const value = given[key];
      if (isAttributeValue(value)) attributes[key] = value;
      else if (value !== undefined && value !== null) dropped++;
    }
  } catch {
    dropped++;
  }
  return { attributes, dropped };
}
