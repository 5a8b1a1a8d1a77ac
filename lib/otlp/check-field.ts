import { isFields } from "./decode-value.js";

/** This is one violation of OTLP/JSON in a line: which field, and why. */
export interface Fault {
  /** Such as `resourceSpans[0].scopeSpans[0].spans[3].traceId`; "" is the line itself. */
  readonly path: string;
  /** One clause that says what is wrong and what is expected; it never repeats a value. */
  readonly reason: string;
  /** `error`: readers reject or misread it. `warning`: readers must take it, but a writer should not write it. */
  readonly severity: "error" | "warning";
}

/** More faults in one line tell a user nothing new. */
const MAX_FAULTS = 100;

/** The faults found so far, and how deep the walk is. */
export class Findings {
  readonly faults: Fault[] = [];
  depth = 0;

  error(path: string, reason: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ path, reason, severity: "error" });
  }

  warn(path: string, reason: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ path, reason, severity: "warning" });
  }
}

/** Checks the value of one field. */
export type FieldCheck = (value: unknown, path: string, findings: Findings) => void;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_FIXED64 = 2n ** 64n - 1n;
const MAX_UINT32 = 2 ** 32 - 1;
const DECIMAL = /^(0|-?[1-9]\d{0,19})$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const BASE64_URL = /^[A-Za-z0-9_-]*={0,2}$/;

/** A text that can be written as UTF-8. */
export const checkText: FieldCheck = (value, path, findings) => {
  if (typeof value !== "string") findings.error(path, "is not a string");
  else if (!value.isWellFormed()) findings.error(path, "holds half a surrogate pair, which is not valid UTF-16");
};

export const checkBoolean: FieldCheck = (value, path, findings) => {
  if (typeof value !== "boolean") findings.error(path, "is not true or false");
};

/** An id of this many hex digits, not all zero. OTLP takes either case. */
export function checkId(digits: number, isRequired: boolean): FieldCheck {
  const hex = new RegExp(`^[0-9a-fA-F]{${digits}}$`);
  const base64Length = Math.ceil(digits / 6) * 4;
  return (value, path, findings) => {
    if (value === "" && !isRequired) return;
    if (typeof value !== "string") findings.error(path, `is not a string of ${digits} hex digits`);
    else if (value.length === base64Length && BASE64.test(value) && !hex.test(value))
      findings.error(path, `looks like base64; OTLP JSON wants ${digits} hex digits`);
    else if (!hex.test(value)) findings.error(path, `is not ${digits} hex digits`);
    else if (!/[^0]/.test(value)) findings.error(path, "is all zeros, which is not a valid id");
  };
}

/** An enum as its number; its names, which other proto3 JSON allows, are not OTLP. */
export function checkEnum(last: number): FieldCheck {
  return (value, path, findings) => {
    if (typeof value === "string") findings.error(path, "is an enum name; OTLP JSON wants its number");
    else if (typeof value !== "number" || !Number.isInteger(value)) findings.error(path, "is not an integer");
    else if (value < 0 || value > last) findings.error(path, `is not between 0 and ${last}`);
  };
}

export const checkUint32: FieldCheck = (value, path, findings) => {
  const isText = typeof value === "string" && DECIMAL.test(value);
  const number = isText ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > MAX_UINT32)
    findings.error(path, "is not a 32-bit unsigned integer");
  else if (isText) findings.warn(path, "is a string; 32-bit integers are written as numbers");
};

/** A time: an unsigned 64-bit integer. */
export const checkFixed64: FieldCheck = (value, path, findings) => check64(value, path, findings, 0n, MAX_FIXED64);

/** A signed 64-bit integer. */
export const checkInt64: FieldCheck = (value, path, findings) => check64(value, path, findings, MIN_INT64, MAX_INT64);

function check64(value: unknown, path: string, findings: Findings, min: bigint, max: bigint): void {
  const isNumber = typeof value === "number" && Number.isInteger(value);
  const isText = typeof value === "string" && DECIMAL.test(value);
  if (!isNumber && !isText) return findings.error(path, "is not a 64-bit integer in decimal");
  const integer = BigInt(value);
  if (integer < min || integer > max) findings.error(path, "is out of the range of a 64-bit integer");
  else if (isNumber) findings.warn(path, "is a number; 64-bit integers are written as decimal strings");
}

export const checkDouble: FieldCheck = (value, path, findings) => {
  if (typeof value === "number" || value === "NaN" || value === "Infinity" || value === "-Infinity") return;
  if (typeof value === "string" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value))
    findings.warn(path, "is a string; finite doubles are written as numbers");
  else findings.error(path, 'is not a number, "NaN", "Infinity" or "-Infinity"');
};

export const checkBytes: FieldCheck = (value, path, findings) => {
  if (typeof value === "string" && BASE64.test(value)) return;
  if (typeof value === "string" && BASE64_URL.test(value))
    findings.warn(path, "is not base64 in the standard alphabet with padding");
  else findings.error(path, "is not base64");
};

/** A list whose items all pass the check. */
export function checkList(item: FieldCheck): FieldCheck {
  return (value, path, findings) => {
    if (!Array.isArray(value)) return findings.error(path, "is not a list");
    value.forEach((entry, index) => item(entry, `${path}[${index}]`, findings));
  };
}

/** What a message must fulfil beyond its fields. */
interface MessageRules {
  /** Fields that must be there; the others may be left out. */
  readonly required?: readonly string[];
  /** True where a null stands for a value that was lost, not for a field left out. */
  readonly isNullLoss?: boolean;
  /** Runs after the fields have been checked. */
  readonly then?: (message: Readonly<Record<string, unknown>>, path: string, findings: Findings) => void;
}

/**
 * A message with these fields. A field in snake_case is an error, since OTLP JSON knows lowerCamelCase only; any other
 * unknown field is a warning, since readers ignore it.
 */
export function checkMessage(fields: Readonly<Record<string, FieldCheck>>, rules: MessageRules = {}): FieldCheck {
  return (message, path, findings) => {
    if (!isFields(message)) return findings.error(path, "is not an object");
    const pathOf = (name: string): string => (path === "" ? name : `${path}.${name}`);
    for (const [name, member] of Object.entries(message)) {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (check === undefined) reportUnknown(name, pathOf(name), fields, findings);
      else if (member !== null) check(member, pathOf(name), findings);
      else if (rules.isNullLoss) findings.error(pathOf(name), "is null: the value is lost");
      else findings.warn(pathOf(name), "is null; a field without a value is left out");
    }
    for (const name of rules.required ?? []) {
      if (!Object.hasOwn(message, name)) findings.error(pathOf(name), "is missing");
    }
    rules.then?.(message, path, findings);
  };
}

function reportUnknown(
  name: string,
  path: string,
  fields: Readonly<Record<string, FieldCheck>>,
  findings: Findings,
): void {
  const camel = name.replace(/_+([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const known = Object.keys(fields).find((field) => field.toLowerCase() === camel.toLowerCase());
  if (known === undefined) findings.warn(path, "is not a field of OTLP; readers ignore it");
  else findings.error(path, `is not spelt as OTLP JSON does: ${known}`);
}
