type Fields = Readonly<Record<string, unknown>>;

/** The fields of anything that has some; of everything else, none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** What defines a schema: zod 4 has it in `_zod`, zod 3 has `_def` alone. Undefined for what is no schema. */
export function definitionOf(schema: unknown): Fields | undefined {
  const { _zod: internals, _def: definition } = fieldsOf(schema);
  const found = internals === undefined ? definition : fieldsOf(internals)["def"];
  return typeof found === "object" && found !== null ? fieldsOf(found) : undefined;
}

/** The kind of a schema in the words of zod 4, such as `object`; zod 3 says `ZodObject`. */
export function typeOf(definition: Fields): string {
  const { type, typeName } = definition;
  if (typeof typeName === "string") return typeName.replace(/^Zod(.)/, (_, first: string) => first.toLowerCase());
  return typeof type === "string" ? type : "schema";
}

/** The name that a schema gives itself by the title or id of its metadata; else what kind of schema it is. */
export function nameOf(schema: object): string {
  const { title, id } = fieldsOf(metadataOf(schema));
  for (const name of [title, id]) if (typeof name === "string" && name !== "") return name;
  return typeOf(definitionOf(schema) ?? {});
}

/** `zod/mini` has no `.meta()`, and zod 3 no metadata. The registry is where zod's own copies find it, and no import of ours. */
function metadataOf(schema: object): unknown {
  const { meta } = fieldsOf(schema);
  if (typeof meta === "function") return Reflect.apply(meta, schema, []);
  const registry: unknown = Reflect.get(globalThis, "__zod_globalRegistry");
  const { get } = fieldsOf(registry);
  return typeof get === "function" && "_zod" in schema ? Reflect.apply(get, registry, [schema]) : undefined;
}
