import type { DecodedSpan, DecodedTraces, DecodedValue } from "../../lib/otlp/index";

/** A value with its type, so that 1, 1n, "1" and true are four; entries by name, since OTLP gives them no order. */
function describeValue(value: DecodedValue): string {
  if (value === null) return "empty";
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && "get" in value) {
    const entries = [...value].map(([key, member]) => `${JSON.stringify(key)}: ${describeValue(member)}`);
    return `{${entries.sort().join(", ")}}`;
  }
  if (typeof value === "object") return `[${value.map(describeValue).join(", ")}]`;
  return Object.is(value, -0) ? "number -0" : `${typeof value} ${String(value)}`;
}

function isAttributes(value: object): value is ReadonlyMap<string, DecodedValue> {
  return value instanceof Map;
}

/** Every field of this span by its path. */
function listFields(value: unknown, path: string, fields: Map<string, string>): void {
  if (typeof value !== "object" || value === null) {
    fields.set(path, describeValue(value as DecodedValue));
  } else if (isAttributes(value)) {
    for (const [key, member] of value) fields.set(`${path}[${JSON.stringify(key)}]`, describeValue(member));
  } else if (Array.isArray(value)) {
    fields.set(`${path}.length`, String(value.length));
    value.forEach((member, index) => listFields(member, `${path}[${String(index)}]`, fields));
  } else {
    for (const [key, member] of Object.entries(value)) listFields(member, `${path}.${key}`, fields);
  }
}

function fieldsOf(span: DecodedSpan): Map<string, string> {
  const fields = new Map<string, string>();
  listFields(span, "", fields);
  return fields;
}

/** What of these spans was understood otherwise, field by field: `span 2 .events[0].name: "a" became "b"`. */
export function findTraceDifferences(sent: DecodedTraces, understood: DecodedTraces): string[] {
  const found: string[] = [];
  if (understood.fault !== undefined) found.push(`not understood: ${understood.fault}`);
  if (understood.skipped !== sent.skipped) found.push(`${String(understood.skipped)} spans without ids`);
  const count = Math.max(sent.spans.length, understood.spans.length);
  for (let index = 0; index < count; index++) {
    const [before, after] = [sent.spans[index], understood.spans[index]].map((span) =>
      span === undefined ? new Map<string, string>() : fieldsOf(span),
    );
    for (const path of new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])) {
      const [was, is] = [before?.get(path) ?? "nothing", after?.get(path) ?? "nothing"];
      if (was !== is) found.push(`span ${String(index)} ${path}: ${was} became ${is}`);
    }
  }
  return found;
}

/** OTLP JSON without the fields that say their default, which a writer may leave out. Members of an `AnyValue` are none. */
export function withoutDefaults(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutDefaults);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, field]: [string, unknown]) => {
      const value = withoutDefaults(field);
      const isDefault = value === 0 || value === "0" || value === "" || (isEmpty(value) && name !== "value");
      return isDefault && !/[a-z]Value$/.test(name) ? [] : [[name, value]];
    }),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
