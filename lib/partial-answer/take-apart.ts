import { clone } from "zod/v4/core";
import type { $ZodLazy, $ZodType, ParseContextInternal, ParsePayload, util } from "zod/v4/core";
import { definitionOf } from "../response-schema/index.js";

/** What zod makes of a value: its output and what is wrong with it. */
export type Outcome = util.MaybeAsync<ParsePayload>;

/** This stands in a container for a member that was validated before. */
export abstract class Replay {
  /** What came of it, for its container to take over: issues get the container's key. */
  abstract run(context: ParseContextInternal): Outcome;
}

const known = new WeakMap<$ZodType, { readonly schema: $ZodType | undefined }>();

/**
 * The schema as a copy that also takes `Replay`s among the members of its container: what their schemas would do is
 * taken from them, and everything else (its own checks, defaults, unknown keys, wrappers) is done by zod. Undefined for
 * what reads its input in another way: unions, intersections, `catch`, `preprocess`, codecs, maps whose keys are
 * checked.
 */
export function takeApart(schema: $ZodType): $ZodType | undefined {
  let found = known.get(schema);
  if (found === undefined) known.set(schema, (found = { schema: rebuild(schema) }));
  return found.schema;
}

function rebuild(schema: $ZodType): $ZodType | undefined {
  const def = definitionOf(schema);
  switch (def.type) {
    case "object": {
      const shape = Reflect.ownKeys(def.shape).map(
        (key) => [key, replaying(Reflect.get(def.shape, key) as $ZodType)] as const,
      );
      const catchall = def.catchall && replaying(def.catchall);
      return withParts(schema, { shape: Object.fromEntries(shape) as object, ...(catchall && { catchall }) });
    }
    case "array":
      return withParts(schema, { element: replaying(def.element) });
    case "tuple":
      return withParts(schema, { items: def.items.map(replaying), rest: def.rest && replaying(def.rest) });
    case "record":
      return isOpenMap(def) ? withParts(schema, { valueType: replaying(def.valueType) }) : undefined;
    case "optional":
    case "nonoptional":
    case "nullable":
    case "default":
    case "readonly": {
      const innerType = takeApart(def.innerType);
      return innerType && withParts(schema, { innerType });
    }
    case "lazy": {
      const inner = takeApart((schema as $ZodLazy)._zod.innerType);
      return inner && withParts(schema, { getter: () => inner, _cachedInner: undefined });
    }
    case "pipe": {
      if (schema._zod.traits.has("$ZodCodec")) return undefined;
      const input = takeApart(def.in);
      return input && withParts(schema, { in: input });
    }
    default:
      return undefined;
  }
}

/** True where every key is taken as it is: a value whose key is refused is never validated. */
function isOpenMap(def: { readonly keyType: $ZodType }): boolean {
  const { type, checks } = def.keyType._zod.def;
  return type === "string" && !checks?.length && !def.keyType._zod.traits.has("$ZodCheck");
}

function withParts(schema: $ZodType, parts: object): $ZodType {
  // Not spread: the getter of a default calls what the user gave.
  const def = Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(schema._zod.def), ...Object.getOwnPropertyDescriptors(parts) },
  );
  return clone(schema, def as typeof schema._zod.def);
}

/** The schema as a container sees it, with a `run` that knows a `Replay`. */
function replaying(schema: $ZodType): $ZodType {
  const run = (payload: ParsePayload, context: ParseContextInternal): Outcome =>
    payload.value instanceof Replay ? payload.value.run(context) : schema._zod.run(payload, context);
  return { _zod: Object.create(schema._zod, { run: { value: run } }) as $ZodType["_zod"] } as $ZodType;
}
