import { types } from "node:util";
import { InvalidOptionError } from "../errors.js";
import type { ReadableSpan } from "../otlp/index.js";
import { eventsOf, kindOf, statusOf } from "./test-span-tree.js";

/** An event of an expected span: its name, or name and some of its attributes. */
export type ExpectedEvent =
  string | { readonly name: string; readonly attributes?: Readonly<Record<string, unknown>> | undefined };

/**
 * This says what a span is to be like; what is left out may be anything. Wherever a value stands, an asymmetric matcher
 * of the test runner, such as `expect.any(Number)`, may stand as well.
 */
export interface ExpectedSpan {
  readonly name?: string | RegExp | undefined;
  /** As a tree shows it (`workflow`, `task`, `llm`, `client`, …); `span` is one that is nothing else. */
  readonly kind?: string | undefined;
  readonly status?: "unset" | "ok" | "error" | undefined;
  readonly statusMessage?: string | RegExp | undefined;
  /** Attributes that the span has, beside others; `undefined` is for one that it must not have. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  /** All its events, in order. */
  readonly events?: readonly ExpectedEvent[] | undefined;
}

/** What of a test runner's `this` the matchers use: Jest's and Vitest's have it. */
export interface MatcherContext {
  readonly equals: (a: unknown, b: unknown) => boolean;
  readonly utils: { readonly stringify: (value: unknown) => string };
}

export const SPAN_KEYS = ["name", "kind", "status", "statusMessage", "attributes", "events"] as const;

/** A misspelt field would be a check that cannot fail. Throws `InvalidOptionError`. */
export function checkExpected(expected: object, keys: readonly string[], matcher: string): void {
  for (const key of Object.keys(expected)) {
    if (!keys.includes(key))
      throw new InvalidOptionError(`${matcher} ${key}`, `one of ${keys.join(", ")}`, Reflect.get(expected, key));
  }
}

/** What of this span is not as expected, a line each. */
export function differencesOf(span: ReadableSpan, expected: ExpectedSpan, context: MatcherContext): string[] {
  const differences: string[] = [];
  const compare = (what: string, actual: unknown, wanted: unknown): void => {
    if (!fits(actual, wanted, context))
      differences.push(`${what} is ${context.utils.stringify(actual)}, not ${context.utils.stringify(wanted)}`);
  };
  if (expected.name !== undefined) compare("its name", span.name, expected.name);
  if (expected.kind !== undefined) compare("its kind", kindOf(span), expected.kind);
  if (expected.status !== undefined) compare("its status", statusOf(span), expected.status);
  if (expected.statusMessage !== undefined) compare("its status message", span.status.message, expected.statusMessage);
  if (expected.attributes !== undefined) compareAttributes("", span.attributes, expected.attributes, compare);
  if (expected.events !== undefined) compareEvents(span, expected.events, compare);
  return differences;
}

type Compare = (what: string, actual: unknown, wanted: unknown) => void;

function compareAttributes(
  owner: string,
  actual: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
  compare: Compare,
): void {
  if (isAsymmetric(wanted)) return compare(`${owner}attributes`, { ...actual }, wanted);
  for (const [name, value] of Object.entries(wanted)) compare(`${owner}attribute ${name}`, actual[name], value);
}

function compareEvents(span: ReadableSpan, wanted: readonly ExpectedEvent[], compare: Compare): void {
  const events = eventsOf(span);
  if (isAsymmetric(wanted)) return compare("events", events, wanted);
  const nameOf = (event: ExpectedEvent): string => (typeof event === "string" ? event : event.name);
  compare(
    "the list of its events",
    events.map(({ name }) => name),
    wanted.map(nameOf),
  );
  for (const [at, event] of wanted.entries()) {
    if (typeof event === "string" || event.attributes === undefined) continue;
    compareAttributes(`event ${at + 1}, ${event.name}: `, events[at]?.attributes ?? {}, event.attributes, compare);
  }
}

/** True when a value is as wanted: equal, found by a pattern, or to the taste of an asymmetric matcher. */
export function fits(actual: unknown, wanted: unknown, context: MatcherContext): boolean {
  // Unlike test(), search() does not go on from where a global pattern has found something before.
  if (types.isRegExp(wanted) && typeof actual === "string") return actual.search(wanted) >= 0;
  return context.equals(actual, wanted);
}

/** Jest's and Vitest's alike. */
function isAsymmetric(value: object): boolean {
  return typeof Reflect.get(value, "asymmetricMatch") === "function";
}
