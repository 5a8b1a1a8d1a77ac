/** How a field's value is written: the types of the `.proto` files, and `id` for the bytes that OTLP JSON writes as hex. */
export type FieldKind =
  | "text"
  | "id"
  | "bytes"
  | "bool"
  | "int64"
  | "uint32"
  | "enum"
  | "fixed32"
  | "fixed64"
  | "double"
  | "message"
  | "list";

/** A field of a message, in both encodings. */
export interface Field {
  /** Its name in proto3 JSON, lowerCamelCase. */
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  /** What stands before its value in JSON: comma (not before the first field of a message), name, and what its kind opens with. */
  readonly json: string;
  /** What stands before its value in protobuf: number and wire type as a varint, one character a byte. */
  readonly tag: string;
  /** The shape of a `message`, or of each entry of a `list`. */
  readonly entry: (() => MessageShape) | undefined;
}

/** The fields of a message by name. The first is the one that is always written first. */
export type MessageShape = Readonly<Record<string, Field>>;

type FieldPlan = readonly [number: number, kind: FieldKind, entry?: () => MessageShape];

/** Wire types (protobuf.dev, "Message Structure"). */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

const JSON_OPENINGS: Partial<Record<FieldKind, string>> = { id: '"', fixed64: '"', message: "{", list: "[" };

/** The wire type that a value of this kind has. */
export function wireTypeOf(kind: FieldKind): number {
  switch (kind) {
    case "bool":
    case "int64":
    case "uint32":
    case "enum":
      return VARINT;
    case "fixed64":
    case "double":
      return FIXED64;
    case "fixed32":
      return FIXED32;
    default:
      return LENGTH_DELIMITED;
  }
}

/** This makes a shape of `name: [number, kind, entry]`; numbers of 16 and more take a second byte of tag. */
export function shapeOf<Name extends string>(plans: Readonly<Record<Name, FieldPlan>>): Record<Name, Field> {
  const entries = Object.entries<FieldPlan>(plans).map(([name, [number, kind, entry]], index) => {
    const tag = number * 8 + wireTypeOf(kind);
    const field: Field = {
      name,
      number,
      kind,
      json: `${index === 0 ? "" : ","}"${name}":${JSON_OPENINGS[kind] ?? ""}`,
      tag: tag < 0x80 ? String.fromCharCode(tag) : String.fromCharCode((tag & 0x7f) | 0x80, tag >> 7),
      entry,
    };
    return [name, field] as const;
  });
  return Object.fromEntries(entries) as Record<Name, Field>;
}
