import { fieldsOf } from "./schema-definition.js";

/** What a validation came to. */
export type Verdict =
  | { readonly outcome: "valid"; readonly output?: unknown }
  /** The issues are not read before somebody wants them: zod makes them, with the user's error maps, at the first look. */
  | { readonly outcome: "invalid"; readonly issues?: () => unknown }
  /** Something was thrown that says nothing of the value, such as by a refinement. */
  | { readonly outcome: "error"; readonly thrown: unknown };

/** How one method of a schema tells what came of it. */
export interface SchemaMethod {
  readonly name: string;
  /** True where it gives a promise of what is read, and not one that is itself the value. */
  readonly isAsync: boolean;
  readReturned(returned: unknown): Verdict;
  readThrown(thrown: unknown): Verdict;
}

const failed = (thrown: unknown): Verdict => ({ outcome: "error", thrown });

/** Gives the value, or throws a `ZodError`. */
const THROWS: Pick<SchemaMethod, "readReturned" | "readThrown"> = {
  readReturned: (output) => ({ outcome: "valid", output }),
  readThrown: (thrown) => (isZodError(thrown) ? { outcome: "invalid", issues: () => thrown.issues } : failed(thrown)),
};

/** Gives `{ success, data }` or `{ success, error }`. */
const SAFE: Pick<SchemaMethod, "readReturned" | "readThrown"> = {
  readReturned: (returned) => {
    const result = fieldsOf(returned);
    return result["success"] === true
      ? { outcome: "valid", output: result["data"] }
      : { outcome: "invalid", issues: () => fieldsOf(result["error"])["issues"] };
  },
  readThrown: failed,
};

/** Gives true or false, and no issues. */
const TELLS: Pick<SchemaMethod, "readReturned" | "readThrown"> = {
  readReturned: (returned) => ({ outcome: returned === true ? "valid" : "invalid" }),
  readThrown: failed,
};

/** Of the Standard Schema: `{ value }` or `{ issues }`, or a promise of either. */
export const STANDARD_VALIDATE: SchemaMethod = {
  name: "~standard.validate",
  isAsync: true,
  readReturned: (returned) => {
    const { value, issues } = fieldsOf(returned);
    return issues === undefined ? { outcome: "valid", output: value } : { outcome: "invalid", issues: () => issues };
  },
  readThrown: failed,
};

/** The methods of zod 3 and 4 by which a value is validated. A schema has some of them. */
export const SCHEMA_METHODS: readonly SchemaMethod[] = [
  ...pair("parse", THROWS),
  ...pair("safeParse", SAFE),
  ...pair("encode", THROWS),
  ...pair("decode", THROWS),
  ...pair("safeEncode", SAFE),
  ...pair("safeDecode", SAFE),
  ...pair("validate", TELLS),
];

function pair(name: string, reading: Pick<SchemaMethod, "readReturned" | "readThrown">): SchemaMethod[] {
  return [
    { name, isAsync: false, ...reading },
    { name: `${name}Async`, isAsync: true, ...reading },
  ];
}

/** That of zod 3, 4 and 4 mini (`$ZodError`), in any copy. One that a refinement lets through looks no different. */
function isZodError(thrown: unknown): thrown is { readonly issues: readonly unknown[] } {
  try {
    const { name, issues } = fieldsOf(thrown);
    return (name === "ZodError" || name === "$ZodError") && Array.isArray(issues);
  } catch {
    return false;
  }
}
