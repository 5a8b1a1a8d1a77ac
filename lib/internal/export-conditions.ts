import { InvalidOptionError } from "../errors.js";
import type { ExportFilter } from "./export-filter.js";

/** What a condition says of a field's value; `undefined` is an absent field. Never throws. */
export type ConditionTest = (actual: unknown) => boolean;

/**
 * This makes tests of a filter's conditions, by field. It throws `InvalidOptionError` for a filter that is not an object
 * of `{ operator, value }`, an unknown operator or a value the operator cannot use; `option` is what the error calls it.
 */
export function compileConditions(filter: ExportFilter, option = "exportFilter"): [string, ConditionTest][] {
  return Object.entries(asObject(option, filter, "an object of conditions")).map(([field, condition]) => [
    field,
    compileCondition(`${option}.${field}`, condition),
  ]);
}

function compileCondition(option: string, condition: unknown): ConditionTest {
  const { operator, value } = { operator: undefined, value: undefined, ...asObject(option, condition) };
  const make = typeof operator === "string" && Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (make === undefined) {
    throw new InvalidOptionError(`${option}.operator`, `one of ${Object.keys(OPERATORS).join(", ")}`, operator);
  }
  return make(value, `${option}.value`);
}

const OPERATORS: Readonly<Record<string, (value: unknown, option: string) => ConditionTest>> = {
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

const isAbsent: ConditionTest = (actual) => actual === undefined || actual === null;

const isEmpty: ConditionTest = (actual) =>
  isAbsent(actual) || actual === "" || (Array.isArray(actual) && actual.length === 0);

function isEqual(actual: unknown, value: unknown): boolean {
  if (!Array.isArray(actual) || !Array.isArray(value)) return actual === value;
  return actual.length === value.length && actual.every((item, index) => item === value[index]);
}

function hasElement(actual: unknown, value: unknown): boolean {
  return Array.isArray(actual) && actual.includes(value);
}

const isAmong =
  (values: readonly unknown[]): ConditionTest =>
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

function asObject(option: string, value: unknown, expected = "an object"): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InvalidOptionError(option, expected, value);
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
