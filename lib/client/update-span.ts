import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import { type PropagatedAttributes, readAttributes } from "../context/index.js";
import { contain, log } from "../internal/index.js";
import { ENTITY_NAME, SESSION_ID, SESSION_IDENTIFIER } from "../semconv.js";
import { type GivenAttributes, toAttributes } from "./to-attributes.js";

/** These changes are made to a span that runs; what is not given stays as it is. */
export interface SpanUpdate {
  /** Attributes by the names that `propagateAttributes` has for them; of this span alone. Metadata merges. */
  readonly params?: Omit<PropagatedAttributes, "captureContent"> | undefined;
  /** Values that are no attribute values are written as JSON. */
  readonly attributes?: GivenAttributes | undefined;
  /** The span's name from now on, and its entity name where it has one. */
  readonly name?: string | undefined;
  /** A word or OpenTelemetry's code. As OpenTelemetry has it, `"ok"` is final and `"unset"` changes nothing. */
  readonly status?: "ok" | "error" | "unset" | SpanStatusCode | undefined;
  /** What went wrong, with the status `"error"`; without a status it is taken for one. */
  readonly statusDescription?: string | undefined;
}

const STATUS_CODES: Readonly<Record<string, SpanStatusCode>> = {
  ok: SpanStatusCode.OK,
  error: SpanStatusCode.ERROR,
  unset: SpanStatusCode.UNSET,
};

/** Spans that can be read while they run; those of SDK 2.x, of 3.x and our own can. */
type MaybeReadable = Span & { readonly attributes?: Readonly<Record<string, unknown>> };

/** Makes the changes. What cannot be read is contained and leaves the rest of the update standing. */
export function updateSpan(span: MaybeReadable, update: SpanUpdate): void {
  const { params, attributes, name, status, statusDescription } = update;
  apply("params", () => {
    if (params !== undefined) span.setAttributes(paramAttributes(span, params));
  });
  apply("attributes", () => {
    if (attributes !== undefined) span.setAttributes(toAttributes(attributes));
  });
  if (name !== undefined) rename(span, name);
  const code = readStatus(status ?? (statusDescription === undefined ? undefined : "error"));
  if (code !== undefined) {
    span.setStatus(statusDescription === undefined ? { code } : { code, message: statusDescription });
  }
}

function apply(what: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    contain("SPANDREL_UPDATE_FAILED", `reading the ${what} of updateCurrentSpan`, error);
  }
}

/** A session that the span has already is not replaced by the thread. */
function paramAttributes(span: MaybeReadable, params: PropagatedAttributes): Attributes {
  const { [SESSION_ID]: sessionId, ...written } = readAttributes(params, "updateCurrentSpan").written;
  const hasSession = written[SESSION_IDENTIFIER] === undefined && span.attributes?.[SESSION_IDENTIFIER] !== undefined;
  return sessionId === undefined || hasSession ? written : { ...written, [SESSION_ID]: sessionId };
}

function rename(span: MaybeReadable, name: unknown): void {
  if (typeof name !== "string" || name === "") {
    log.warn(
      "SPANDREL_UPDATE_NAME",
      "updateCurrentSpan was given a name that is no text, and leaves the span's as it is",
    );
    return;
  }
  span.updateName(name);
  if (span.attributes?.[ENTITY_NAME] !== undefined) span.setAttribute(ENTITY_NAME, name);
}

function readStatus(status: unknown): SpanStatusCode | undefined {
  if (status === undefined) return undefined;
  const code = typeof status === "string" ? STATUS_CODES[status] : status;
  if (code === SpanStatusCode.OK || code === SpanStatusCode.ERROR || code === SpanStatusCode.UNSET) return code;
  log.warn(
    "SPANDREL_UPDATE_STATUS",
    'updateCurrentSpan knows the statuses "ok", "error" and "unset", and ignores another',
  );
  return undefined;
}
