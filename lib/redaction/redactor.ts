import type { ReadableParts } from "./readable-parts.js";
import { type RedactOptions, checkRedactOptions } from "./redact-options.js";
import { SpanRedaction } from "./redact-span.js";
import { ValueRedaction } from "./redact-value.js";
import { TextRedaction } from "./text-redaction.js";
import { TextStreamRedactor } from "./text-stream.js";

/** This hides secrets on their way to a sink. None of its methods changes what it is given. */
export interface Redactor {
  /**
   * A copy of the span without secrets in its name, status message, attributes, events, links and resource; the very
   * same span when there are none. It throws only what the span's ids, times or kind throw when they are read.
   */
  redactSpan<Span extends ReadableParts>(span: Span): Span | ReadableParts;
  /** The text without secrets, JSON still JSON; the very same text when there are none. Never throws. */
  redactText(text: string): string;
  /** For text that comes in chunks, where a secret may be split. */
  openTextStream(): TextStreamRedactor;
}

/**
 * This makes the redactor that `startTelemetry`'s option `redact` asks for. All expressions are compiled here. It
 * throws `InvalidOptionError` for an option that cannot be used.
 *
 * @example
 * const redactor = createRedactor(true);
 * redactor.redactText('{"user":"ada","password":"hunter2"}'); // {"user":"ada","password":"[redacted]"}
 * redactor.redactText("postgres://app:hunter2@db/desk"); // postgres://app:[redacted:url-password]@db/desk
 */
export function createRedactor(options: true | RedactOptions): Redactor {
  const text = new TextRedaction(checkRedactOptions(options));
  const spans = new SpanRedaction(text, new ValueRedaction(text));
  return {
    redactSpan: (span) => spans.redact(span),
    redactText: (given) => text.redact(given),
    openTextStream: () => new TextStreamRedactor(text.scanner),
  };
}
