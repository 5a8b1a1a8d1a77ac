import { InvalidOptionError, hideText } from "../errors.js";
import { contain, shadowMethod, sharedSlot } from "../internal/index.js";
import type { AnyFunction } from "../span/index.js";
import { copySchema } from "./copy-schema.js";
import { declaredKeys } from "./declared-keys.js";
import { definitionOf, fieldsOf, nameOf, typeOf } from "./schema-definition.js";
import { SCHEMA_METHODS, STANDARD_VALIDATE, type SchemaMethod } from "./schema-methods.js";
import { type SchemaRecord, traceMethod } from "./trace-method.js";
import type { ValidationFacts } from "./validation-record.js";

export type { SchemaRecord } from "./trace-method.js";

/** What `traceSchema` takes: any schema of `zod` 3 or 4, or of `zod/mini`. */
export interface TraceableSchema {
  parse(...args: never[]): unknown;
  safeParse(...args: never[]): unknown;
}

/** These options say what is recorded of a schema's validations, and under which name. */
export interface TraceSchemaOptions {
  /**
   * - `"all"`, the default: a span `validate {name}` for each validation
   * - `"failure"`: an event `validation.failed` on the active span for each value that is not valid
   * - `"metrics"`: neither
   *
   * With all three they are counted, by the counter `spandrel.validations`, where the application has a `MeterProvider`.
   */
  readonly record?: SchemaRecord | undefined;
  /** Default: the title or id of the schema's metadata, otherwise its type, such as `object`. */
  readonly name?: string | undefined;
}

interface TracedSchema {
  /** The schema that was given, which is not traced. */
  readonly original: object;
  readonly record: SchemaRecord;
  readonly name: string;
}

const RECORDS: readonly unknown[] = ["all", "failure", "metrics"] satisfies SchemaRecord[];
const OPTIONS: readonly string[] = ["record", "name"] satisfies (keyof TraceSchemaOptions)[];

/** Schemas that are traced, by whichever copy (ESM or CommonJS) of the package. */
const tracedSchemas = sharedSlot<WeakMap<object, TracedSchema>>("traced-schemas", () => new WeakMap());

/**
 * This makes a traced schema of a schema, which itself stays as it is: `parse`, `safeParse`, their asynchronous forms,
 * `encode`, `decode`, `validate` and the Standard Schema's `~standard.validate` give what they gave, and are recorded
 * when called on the traced one. Its type, class, definition and metadata are the same. Schemas that it becomes part of,
 * or that are derived from it (`.optional()`, `.extend()`), take the same values and are not traced. A schema that is
 * traced already gets the options given now in place of those of before, and is never recorded twice. Throws
 * `InvalidOptionError` for what is no schema, an unknown option, or a value of none.
 *
 * @example
 * ```ts
 * const User = traceSchema(z.object({ name: z.string() }), { name: "User" });
 * User.safeParse(input);
 * ```
 */
export function traceSchema<Schema extends TraceableSchema>(schema: Schema, options: TraceSchemaOptions = {}): Schema {
  if (typeof fieldsOf(schema)["safeParse"] !== "function" || definitionOf(schema) === undefined) {
    throw new InvalidOptionError("traceSchema schema", "a schema of zod or zod/mini", hideText(schema));
  }
  checkOptions(options);
  const known = tracedSchemas.get(schema);
  const original = known?.original ?? schema;
  const record = options.record ?? known?.record ?? "all";
  const name = options.name ?? known?.name ?? tryName(original);
  if (known?.record === record && known.name === name) return schema;
  try {
    const traced = makeTraced({ original, record, name });
    // It has the schema's classes, definition and methods, which no type of a copy can say.
    return traced as Schema;
  } catch (error) {
    contain("SPANDREL_SCHEMA_NOT_TRACED", `tracing the schema "${name}"`, error);
    return schema;
  }
}

function makeTraced(traced: TracedSchema): object {
  const { original, record, name } = traced;
  const copy = copySchema(original);
  let keys: ReadonlySet<string> | undefined;
  const trace = (
    method: SchemaMethod,
    owner: object,
    key: string,
    call: (args: readonly unknown[]) => unknown,
  ): void => {
    const imitated: unknown = Reflect.get(owner, key);
    if (typeof imitated !== "function") return;
    const facts: ValidationFacts = {
      schemaName: name,
      method: method.name,
      declaredKeys: () => (keys ??= declaredKeys(original)),
    };
    shadowMethod(owner, key, traceMethod(method, facts, record, imitated as AnyFunction, call));
  };
  for (const method of SCHEMA_METHODS)
    trace(method, copy, method.name, (args) => callMethod(original, method.name, args));
  if ("spa" in copy) shadowMethod(copy, "spa", Reflect.get(copy, "safeParseAsync") as AnyFunction);
  const standard: unknown = Reflect.get(copy, "~standard");
  if (typeof standard === "object" && standard !== null) {
    const shown = { ...standard };
    trace(STANDARD_VALIDATE, shown, "validate", (args) =>
      callMethod(Reflect.get(original, "~standard") as object, "validate", args),
    );
    const { enumerable = false } = Object.getOwnPropertyDescriptor(copy, "~standard") ?? {};
    Object.defineProperty(copy, "~standard", { value: shown, enumerable, configurable: true, writable: true });
  }
  tracedSchemas.set(copy, traced);
  return copy;
}

/** Looked up at each call, as others may have put theirs on the original. */
function callMethod(owner: object, key: string, args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(owner, key) as AnyFunction, owner, args);
}

/** Metadata may be anything: a getter that throws is not worth a schema. */
function tryName(schema: object): string {
  try {
    return nameOf(schema);
  } catch {
    return typeOf(definitionOf(schema) ?? {});
  }
}

function checkOptions(options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOptionError("traceSchema options", "an object", options);
  }
  const { record, name } = options as TraceSchemaOptions;
  for (const key of Object.keys(options)) {
    if (!OPTIONS.includes(key)) {
      throw new InvalidOptionError(`traceSchema ${key}`, `one of ${OPTIONS.join(", ")}`, Reflect.get(options, key));
    }
  }
  if (record !== undefined && !RECORDS.includes(record)) {
    throw new InvalidOptionError("traceSchema record", RECORDS.join(", "), record);
  }
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new InvalidOptionError("traceSchema name", "a non-empty string", name);
  }
}
