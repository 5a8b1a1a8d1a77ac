import type { AttributeValue } from "@opentelemetry/api";

/** True for what OpenTelemetry 2.x accepts as an attribute: a primitive, or an array of one primitive type and nulls. */
export function isAttributeValue(value: unknown): value is AttributeValue {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return true;
    case "object":
      return Array.isArray(value) && isHomogeneous(value);
    default:
      return false;
  }
}

function isHomogeneous(values: readonly unknown[]): boolean {
  let type: string | undefined;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    type ??= typeof value;
    if (typeof value !== type) return false;
  }
  return type === undefined || type === "string" || type === "number" || type === "boolean";
}
