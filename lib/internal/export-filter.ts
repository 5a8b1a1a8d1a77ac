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
