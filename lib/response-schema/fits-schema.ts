import type { $ZodType, $ZodTypes } from "zod/v4/core";

/** Checks of zod's own that look at a plain value; a user's (`custom`, `overwrite`, `property`) may be asynchronous. */
const OWN_CHECKS: readonly string[] = ["less_than", "greater_than", "multiple_of", "number_format"].concat([
  "min_length",
  "max_length",
  "length_equals",
  "string_format",
]);

/** True where zod's own constraints on the value (bounds, lengths, formats) hold; a user's checks are not run. */
export function passesOwnChecks(schema: $ZodType, value: unknown): boolean {
  const { def, traits } = schema._zod;
  // A format such as z.email() is a schema and its own first check.
  const own = traits.has("$ZodCheck") ? [schema] : [];
  const checks: readonly unknown[] = [...own, ...(def.checks ?? [])];
  for (const { _zod: check } of checks as readonly Check[]) {
    if (!OWN_CHECKS.includes(check.def.check) || "fn" in check.def) continue;
    const payload = { value, issues: [] };
    check.check(payload);
    if (payload.issues.length > 0) return false;
  }
  return true;
}

/** True where a leaf's type takes the value and its own checks pass. */
export function fitsLeaf(schema: $ZodType, value: unknown): boolean {
  const result = (schema as $ZodTypes)._zod.parse({ value, issues: [] }, {});
  return !(result instanceof Promise) && result.issues.length === 0 && passesOwnChecks(schema, value);
}

interface Payload {
  readonly value: unknown;
  readonly issues: unknown[];
}

interface Check {
  readonly _zod: {
    readonly def: { readonly check: string };
    readonly check: (payload: Payload) => unknown;
  };
}
