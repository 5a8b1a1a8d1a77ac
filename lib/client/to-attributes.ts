import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { UNREADABLE_GETTER, serializeValue } from "../capture/index.js";
import { runtime } from "../context/index.js";

/** These are attributes as a user has them at hand: what OpenTelemetry has no type for is written as JSON. */
export type GivenAttributes = Readonly<Record<string, unknown>>;

/**
 * Scalars and lists of scalars of one type as they are, any other value as JSON; `undefined` and `null` are left out. A
 * value that cannot be read leaves a marker.
 */
export function toAttributes(given: GivenAttributes): Attributes {
  const attributes: Attributes = {};
  for (const key of Object.keys(given)) {
    const value = read(given, key);
    if (value === undefined || value === null) continue;
    attributes[key] = isAttributeValue(value) ? value : serializeValue(value, runtime.limits);
  }
  return attributes;
}

function read(given: GivenAttributes, key: string): unknown {
  try {
    return given[key];
  } catch {
    return UNREADABLE_GETTER;
  }
}

function isAttributeValue(value: unknown): value is AttributeValue {
  try {
    if (!Array.isArray(value)) return isScalar(value);
    const items: readonly unknown[] = value;
    return items.every((item) => isScalar(item) && typeof item === typeof items[0]);
  } catch {
    // A Proxy; its JSON says so.
    return false;
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
