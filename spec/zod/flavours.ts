import * as classic from "zod";
import * as mini from "zod/mini";
import * as three from "zod/v3";

import type { TraceableSchema } from "../../lib/zod/index.js";

/** What every zod has, as a spec calls it. */
export interface AnySchema extends TraceableSchema {
  parse(data: unknown): unknown;
  parseAsync(data: unknown): Promise<unknown>;
  safeParse(data: unknown): SafeResult;
  safeParseAsync(data: unknown): Promise<SafeResult>;
}

/** `error` may be made at the first look. */
export interface SafeResult {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: { readonly issues: readonly unknown[] } | undefined;
}

const isShort = (text: string): boolean => text.length < 5;
const throwing = (): boolean => {
  throw new RangeError("a refinement that throws");
};
const soon = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const isShortSoon = async (text: string): Promise<boolean> => (await soon(), isShort(text));

/** The same schemas in zod 4, its mini form, and zod 3. */
export const FLAVOURS: Readonly<Record<"zod" | "zod/mini" | "zod 3", Readonly<Record<string, AnySchema>>>> = {
  zod: {
    string: classic.string().min(2),
    object: classic.object({ name: classic.string(), age: classic.number().optional() }),
    strict: classic.strictObject({ name: classic.string(), tags: classic.array(classic.string()) }),
    union: classic.union([classic.string(), classic.object({ name: classic.literal("Ada") })]),
    record: classic.record(classic.string(), classic.number()),
    transform: classic.string().transform((text) => ({ length: text.length })),
    default: classic.object({ name: classic.string().default("nobody"), age: classic.coerce.number() }),
    caught: classic.object({ name: classic.string().catch("nobody") }),
    refined: classic.string().refine(isShort, "is too long"),
    throwing: classic.string().refine(throwing),
    asynchronous: classic.string().refine(isShortSoon, "is too long"),
    any: classic.any(),
    instance: classic.instanceof(Date),
    preprocess: classic.preprocess((value) => (value === null ? "" : value), classic.string()),
    lazy: classic.lazy(() => classic.array(classic.unknown())),
  },
  "zod/mini": {
    string: mini.string().check(mini.minLength(2)),
    object: mini.object({ name: mini.string(), age: mini.optional(mini.number()) }),
    union: mini.union([mini.string(), mini.object({ name: mini.literal("Ada") })]),
    transform: mini.pipe(
      mini.string(),
      mini.transform((text) => ({ length: text.length })),
    ),
    refined: mini.string().check(mini.refine(isShort, "is too long")),
    throwing: mini.string().check(mini.refine(throwing)),
    asynchronous: mini.string().check(mini.refine(isShortSoon, "is too long")),
    any: mini.any(),
  },
  "zod 3": {
    string: three.string().min(2),
    object: three.object({ name: three.string(), age: three.number().optional() }),
    strict: three.object({ name: three.string(), tags: three.array(three.string()) }).strict(),
    union: three.union([three.string(), three.object({ name: three.literal("Ada") })]),
    transform: three.string().transform((text) => ({ length: text.length })),
    refined: three.string().refine(isShort, "is too long"),
    throwing: three.string().refine(throwing),
    asynchronous: three.string().refine(isShortSoon, "is too long"),
    any: three.any(),
  },
};
