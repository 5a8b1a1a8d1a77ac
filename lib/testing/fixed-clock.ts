import type { Attributes, HrTime, TimeInput } from "@opentelemetry/api";
import { InvalidOptionError } from "../errors.js";
import type { Clock } from "../internal/index.js";
import { toHrTime } from "../tracer/index.js";
import type { LiveSpan } from "./started-spans.js";

/** These options say what a fixed clock shows. */
export interface FixedClockOptions {
  /** The first reading: a Date, or milliseconds since the Unix epoch. Default 2024-01-01T00:00:00Z. */
  readonly start?: Date | number | undefined;
  /** What is between one reading and the next, in milliseconds. 0 is a clock that stands still. Default 1. */
  readonly stepMillis?: number | undefined;
}

const START = Date.UTC(2024, 0, 1);

/** SDK spans start to the millisecond and are seen right away; this is for a machine that is busy. */
const JUST_NOW_MILLIS = 1_000;

/**
 * This clock goes on by one step whenever it is read, and so shows the same times at every run of a program that does the
 * same things in the same order.
 */
export class FixedClock implements Clock {
  readonly #start: number;
  readonly #stepMillis: number;
  #passed = 0;
  #next = 0;

  /** Throws `InvalidOptionError` for an option that is no time, or no step forward. */
  constructor({ start = START, stepMillis = 1 }: FixedClockOptions) {
    const millis = Number(start);
    if (!(Number.isFinite(millis) && millis >= 0))
      throw new InvalidOptionError("clock.start", "a Date or milliseconds since 1970", start);
    if (!(Number.isFinite(stepMillis) && stepMillis >= 0))
      throw new InvalidOptionError("clock.stepMillis", "milliseconds, 0 or more", stepMillis);
    this.#start = millis;
    this.#stepMillis = stepMillis;
  }

  /** As functions, since whoever reads the clock takes them off it. */
  readonly now = (): number => {
    this.#passed = this.#next;
    this.#next += this.#stepMillis;
    return this.#passed;
  };

  /** The wall clock shows what was last read, so that the two agree. */
  readonly epochNow = (): number => this.#start + this.#passed;

  /** The next reading is the first again. */
  restart(): void {
    this.#passed = 0;
    this.#next = 0;
  }

  /**
   * Puts another tracer's span on this clock, from its start to its end: the SDK reads the machine's. Times that somebody
   * gives stay as they are, and so does a span that was given its start.
   */
  follow(span: LiveSpan): void {
    // Ours reads this clock already.
    if ("clockOffset" in span) return;
    const [seconds, nanos] = span.startTime;
    const age = Date.now() - (seconds * 1000 + nanos / 1e6);
    if (age < -1 || age > JUST_NOW_MILLIS) return;
    const end = span.end.bind(span);
    const addEvent = span.addEvent.bind(span);
    put(span, "startTime", this.#readTime());
    put(span, "end", (time?: TimeInput) => end(time ?? this.#readTime()));
    put(span, "addEvent", (name: string, second?: Attributes | TimeInput, third?: TimeInput) => {
      if (isTime(second)) addEvent(name, second, third);
      else addEvent(name, second, third ?? this.#readTime());
      return span;
    });
  }

  #readTime(): HrTime {
    return toHrTime(this.#start + this.now());
  }
}

/** A span that does not let itself be changed keeps its own times. */
function put(span: object, key: string, value: unknown): void {
  Reflect.defineProperty(span, key, { value, writable: true, configurable: true, enumerable: true });
}

function isTime(value: unknown): value is TimeInput {
  return typeof value === "number" || value instanceof Date || Array.isArray(value);
}
