import {
  type Context,
  type Link,
  type SpanContext,
  type TraceState,
  context,
  createTraceState,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import { contain, log } from "../internal/index.js";
import { adoptiveParent } from "./call-ownership.js";
import { IDENTIFIER_NAMES, type PropagatedAttributes, effectiveAttributes } from "./propagated-attributes.js";
import { runWithAttributes } from "./propagate-attributes.js";
import { scopeOf } from "./scoped-context.js";

/** What may travel with the trace context: identifiers only, never metadata, prompts or content. */
export type CarriedAttribute = keyof typeof IDENTIFIER_NAMES;

/** Any plain object with string values: HTTP headers, job data, MCP `_meta`. Foreign values are left alone. */
export type Carrier = Record<string, unknown>;

/** Marks our members in a `baggage` entry, so that only what `injectContext` was told to send is ever read back. */
const MEMBER_PREFIX = "spandrel.";
/** W3C Baggage: every platform must carry at least this much. */
const MAX_BAGGAGE_BYTES = 8192;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * This writes the active trace context into `carrier` as W3C `traceparent` (and `tracestate`), so that another process
 * can continue the trace with `withExtractedContext`. Attributes stay here unless `include` names them; those go into
 * `baggage` under our own prefix, within its limit of 8,192 bytes (one that does not fit is left out with a warning).
 * Without an active span no `traceparent` is written. Returns the carrier. Never throws.
 */
export function injectContext<C extends object>(
  carrier: C,
  options: { readonly include?: readonly CarriedAttribute[] } = {},
): C {
  const target = carrier as object as Carrier;
  try {
    const active = context.active();
    const given = trace.getSpanContext(active);
    const spanContext = given === undefined ? undefined : adoptiveParent(given);
    if (spanContext !== undefined && isSpanContextValid(spanContext)) write(target, spanContext);
    const members = (options.include ?? []).flatMap((key) => carriedMember(active, key));
    if (members.length > 0) appendBaggage(target, members);
  } catch (error) {
    contain("SPANDREL_INJECT_FAILED", "injectContext", error);
  }
  return carrier;
}

/**
 * This runs `fn` as a continuation of the trace that `carrier` holds, with the attributes that `injectContext` was told
 * to include, and returns what `fn` returns. A carrier without a valid `traceparent` leaves the context as it is.
 * Call it only with carriers you trust: a caller who can write them can join any trace and name any customer.
 */
export function withExtractedContext<R>(given: object, fn: () => R): R {
  const carrier = given as Carrier;
  let extracted = context.active();
  let attributes: PropagatedAttributes = {};
  try {
    const spanContext = readSpanContext(carrier);
    if (spanContext !== undefined) extracted = trace.setSpanContext(extracted, spanContext);
    attributes = readMembers(carrier);
  } catch (error) {
    contain("SPANDREL_EXTRACT_FAILED", "withExtractedContext", error);
  }
  return context.with(extracted, () =>
    Object.keys(attributes).length === 0 ? fn() : runWithAttributes(attributes, fn),
  );
}

/**
 * This makes a link to the span that `carrier` names, for the `links` of a decorator or a span: what comes from outside is
 * told of, and neither continued nor believed. Empty where the carrier names none. Never throws.
 *
 * @example
 * ```ts
 * @Workflow({ links: (job) => extractLinks(job.trace) })
 * ```
 */
export function extractLinks(carrier: object): Link[] {
  try {
    const spanContext = readSpanContext(carrier as Carrier);
    return spanContext === undefined ? [] : [{ context: spanContext }];
  } catch (error) {
    contain("SPANDREL_EXTRACT_FAILED", "extractLinks", error);
    return [];
  }
}

function write(carrier: Carrier, spanContext: SpanContext): void {
  const flags = (spanContext.traceFlags & 0xff).toString(16).padStart(2, "0");
  put(carrier, "traceparent", `00-${spanContext.traceId}-${spanContext.spanId}-${flags}`);
  const state = spanContext.traceState?.serialize();
  if (state) put(carrier, "tracestate", state);
}

/** In the place of an entry that is there already, whatever the case of its name. */
function put(carrier: Carrier, key: string, value: string): void {
  Reflect.set(carrier, findKey(carrier, key) ?? key, value);
}

function carriedMember(active: Context, key: CarriedAttribute): string[] {
  const attribute = IDENTIFIER_NAMES[key]?.[0];
  const written = effectiveAttributes(scopeOf(active).propagated);
  const value = attribute === undefined ? undefined : written?.[attribute];
  return typeof value === "string" ? [`${MEMBER_PREFIX}${key}=${encodeURIComponent(value.toWellFormed())}`] : [];
}

function appendBaggage(carrier: Carrier, members: readonly string[]): void {
  let baggage = readTexts(carrier, "baggage").join(",");
  for (const member of members) {
    const longer = baggage === "" ? member : `${baggage},${member}`;
    if (longer.length <= MAX_BAGGAGE_BYTES) baggage = longer;
    else {
      const name = member.slice(0, member.indexOf("="));
      log.warn("SPANDREL_BAGGAGE_FULL", `injectContext left out ${name}: baggage may hold 8192 bytes`, name);
    }
  }
  put(carrier, "baggage", baggage);
}

/** The span that `traceparent` names; undefined where there is none, or none that is valid. */
export function readSpanContext(carrier: Carrier): SpanContext | undefined {
  const match = TRACEPARENT.exec(readText(carrier, "traceparent")?.trim() ?? "");
  const [, version, traceId, spanId, flags, rest] = match ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // "ff" is forbidden, and version 00 ends with its flags.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  const state = readText(carrier, "tracestate");
  const traceState: TraceState | undefined = state ? createTraceState(state) : undefined;
  const spanContext: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(traceState === undefined ? {} : { traceState }),
  };
  return isSpanContextValid(spanContext) ? spanContext : undefined;
}

function readMembers(carrier: Carrier): PropagatedAttributes {
  const attributes: Partial<Record<CarriedAttribute, string>> = {};
  for (const member of readTexts(carrier, "baggage").join(",").split(",")) {
    const [pair = ""] = member.split(";");
    const equals = pair.indexOf("=");
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    const key = name.slice(MEMBER_PREFIX.length);
    if (!name.startsWith(MEMBER_PREFIX) || !isCarried(key)) continue;
    const value = decode(pair.slice(equals + 1).trim());
    if (value !== undefined) attributes[key] = value;
  }
  return attributes;
}

/** One broken member must not cost the others. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isCarried(key: string): key is CarriedAttribute {
  return Object.hasOwn(IDENTIFIER_NAMES, key);
}

/** Header names come in any case, and Node gives repeated headers as arrays. */
function readTexts(carrier: Carrier, key: string): string[] {
  const found = findKey(carrier, key);
  return [found === undefined ? undefined : carrier[found]].flat().filter((value) => typeof value === "string");
}

function readText(carrier: Carrier, key: string): string | undefined {
  return readTexts(carrier, key)[0];
}

function findKey(carrier: Carrier, key: string): string | undefined {
  return Object.keys(carrier).find((name) => name.toLowerCase() === key);
}
