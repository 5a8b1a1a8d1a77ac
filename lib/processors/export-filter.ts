import { SpanStatusCode } from "@opentelemetry/api";
import { InvalidOptionError } from "../errors.js";
import type { ReadableSpan } from "../otlp/index.js";

/** The comparisons an export filter knows. */
export type ExportFilterOperator =
  | "equal"
  | "not"
  | "gt"
  | "gte"
  | "lt"
  | "lte"
  | "contains"
  | "icontains"
  | "startswith"
  | "endswith"
  | "in"
  | "not_in"
  | "isnull"
  | "regex"
  | "has_key"
  | "empty"
  | "not_empty";

/** This condition holds for one field of a span. `value` is what the operator compares with. */
export interface ExportFilterCondition {
  readonly operator: ExportFilterOperator;
  readonly value?: unknown;
}

/**
 * This says which ended spans are exported: every field must satisfy its condition. A field is an attribute's name,
 * or `status_code` (`"OK"`, `"ERROR"`, `"UNSET"`), or `name`.
 *
 * - `equal`, `not`: the same scalar, or arrays of the same scalars. `not` holds where the attribute is absent.
 * - `gt`, `gte`, `lt`, `lte`: numbers, also written as strings; otherwise both strings, in code unit order.
 * - `contains`, `icontains`: part of a string (`icontains` in any case), or an element of an array.
 * - `startswith`, `endswith`, `regex`: strings. `regex` is a JavaScript pattern that runs at every span end, on the
 *   caller's path: one that backtracks without bound stalls the program, so keep it anchored and linear.
 * - `in`, `not_in`: `value` is an array; an array attribute is "in" when any of its elements is.
 * - `isnull`: the attribute is absent (or, with `value: false`, present).
 * - `has_key`: the attribute is a JSON object with this key, such as `respan.properties`.
 * - `empty`, `not_empty`: absent, `""` or an array without elements.
 *
 * Every condition but `not`, `not_in`, `isnull` and `empty` fails where the attribute is absent.
 *
 * @example { "status_code": { "operator": "equal", "value": "ERROR" } }
 */
export type ExportFilter = Readonly<Record<string, ExportFilterCondition>>;

type Test = (actual: unknown) => boolean;
type ReadField = (span: ReadableSpan) => unknown;

/**
 * This makes a predicate of a filter. It throws `InvalidOptionError` for a filter that is not an object of
 * `{ operator, value }`, an unknown operator or a value the operator cannot use; the predicate itself never throws
 * for a readable span.
 */
export function compileExportFilter(filter: ExportFilter): (span: ReadableSpan) => boolean {
  const conditions = Object.entries(asObject("exportFilter", filter)).map(([field, condition]): [ReadField, Test] => [
    readerOf(field),
    compileCondition(`exportFilter.${field}`, condition),
  ]);
  return (span) => conditions.every(([read, test]) => test(read(span)));
}

function readerOf(field: string): ReadField {
  if (field === "status_code") return (span) => SpanStatusCode[span.status.code];
  if (field === "name") return (span) => span.name;
  return (span) => (Object.hasOwn(span.attributes, field) ? span.attributes[field] : undefined);
}

function compileCondition(option: string, condition: unknown): Test {
  const { operator, value } = { operator: undefined, value: undefined, ...asObject(option, condition) };
  const make = typeof operator === "string" && Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (make === undefined) {
    throw new InvalidOptionError(`${option}.operator`, `one of ${Object.keys(OPERATORS).join(", ")}`, operator);
  }
  return make(value, `${option}.value`);
}

const OPERATORS: Readonly<Record<string, (value: unknown, option: string) => Test>> = {
  equal: (value) => (actual) => isEqual(actual, value),
  not: (value) => (actual) => !isEqual(actual, value),
  gt: (value) => (actual) => compare(actual, value) > 0,
  gte: (value) => (actual) => compare(actual, value) >= 0,
  lt: (value) => (actual) => compare(actual, value) < 0,
  lte: (value) => (actual) => compare(actual, value) <= 0,
  contains: (value) => (actual) =>
    typeof actual === "string" ? typeof value === "string" && actual.includes(value) : hasElement(actual, value),
  icontains: (value, option) => {
    const part = asString(option, value).toLowerCase();
    return (actual) =>
      typeof actual === "string"
        ? actual.toLowerCase().includes(part)
        : Array.isArray(actual) && actual.some((item) => typeof item === "string" && item.toLowerCase() === part);
  },
  startswith: (value, option) => {
    const part = asString(option, value);
    return (actual) => typeof actual === "string" && actual.startsWith(part);
  },
  endswith: (value, option) => {
    const part = asString(option, value);
    return (actual) => typeof actual === "string" && actual.endsWith(part);
  },
  in: (value, option) => isAmong(asArray(option, value)),
  not_in: (value, option) => {
    const isIn = isAmong(asArray(option, value));
    return (actual) => !isIn(actual);
  },
  isnull: (value) => (actual) => isAbsent(actual) === (value !== false),
  regex: (value, option) => {
    const pattern = asPattern(option, value);
    return (actual) => typeof actual === "string" && pattern.test(actual);
  },
  has_key: (value, option) => {
    const key = asString(option, value);
    return (actual) => hasKey(actual, key);
  },
  empty: () => isEmpty,
  not_empty: () => (actual) => !isEmpty(actual),
};

const isAbsent: Test = (actual) => actual === undefined || actual === null;

const isEmpty: Test = (actual) => isAbsent(actual) || actual === "" || (Array.isArray(actual) && actual.length === 0);

function isEqual(actual: unknown, value: unknown): boolean {
  if (!Array.isArray(actual) || !Array.isArray(value)) return actual === value;
  return actual.length === value.length && actual.every((item, index) => item === value[index]);
}

function hasElement(actual: unknown, value: unknown): boolean {
  return Array.isArray(actual) && actual.includes(value);
}

const isAmong =
  (values: readonly unknown[]): Test =>
  (actual) =>
    Array.isArray(actual) ? actual.some((item) => values.includes(item)) : values.includes(actual);

/** Negative, 0 or positive as in `sort`; NaN, which fails every comparison, where the two have no order. */
function compare(actual: unknown, value: unknown): number {
  const [left, right] = [asNumber(actual), asNumber(value)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left === right ? 0 : left - right;
  if (typeof actual !== "string" || typeof value !== "string") return NaN;
  if (actual === value) return 0;
  return actual < value ? -1 : 1;
}

function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}

function hasKey(actual: unknown, key: string): boolean {
  try {
    const parsed: unknown = typeof actual === "string" ? JSON.parse(actual) : actual;
    return parsed instanceof Object && !Array.isArray(parsed) && Object.hasOwn(parsed, key);
  } catch {
    return false;
  }
}

function asObject(option: string, value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InvalidOptionError(option, "an object", value);
}

function asString(option: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new InvalidOptionError(option, "a string", value);
}

function asArray(option: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidOptionError(option, "an array", value);
}

function asPattern(option: string, value: unknown): RegExp {
  try {
    return new RegExp(asString(option, value));
  } catch {
    throw new InvalidOptionError(option, "a regular expression", value);
  }
}
