import { wireTypeOf, type Field, type MessageShape } from "./message-shape.js";
import { MalformedProtobufError, type ProtobufReader } from "./protobuf-reader.js";
import { ANY_VALUE, KEY_VALUE } from "./trace-shapes.js";

/** A message as `JSON.parse` would give it, with bigint for integers of 64 bits and `Uint8Array` for bytes. */
export type MessageFields = Record<string, unknown>;

/** Thrice the depth that values are read to (`decodeValue`): an object takes three messages a level. */
const MAX_DEPTH = 400;
/** An empty message takes two bytes on the wire and fifty times that in memory. A full span has about forty. */
const MAX_MESSAGES = 2 ** 20;

/**
 * This reads a protobuf message of this shape into the fields of its OTLP JSON form, which the readers of JSON then
 * take. Unknown fields, and known ones of another wire type, are skipped; of a field that is there twice the last is
 * kept, or both are merged where it is a message, as proto3 demands. Messages nested too deep are left empty.
 * Throws `MalformedProtobufError` for bytes that are no message, and for more than a million messages.
 */
export function readMessage(reader: ProtobufReader, shape: MessageShape): MessageFields {
  return new MessageWalk(reader).read(shape, {}, 0);
}

class MessageWalk {
  readonly #reader: ProtobufReader;
  #messages = 0;

  constructor(reader: ProtobufReader) {
    this.#reader = reader;
  }

  read(shape: MessageShape, fields: MessageFields, depth: number): MessageFields {
    if (++this.#messages > MAX_MESSAGES) throw new MalformedProtobufError("it has too many messages");
    // proto3 leaves a default out: here a name that is "" is a name.
    if (shape === KEY_VALUE) fields["key"] ??= "";
    const known = fieldsByTag(shape);
    while (!this.#reader.isAtEnd) {
      const tag = this.#reader.readTag();
      const field = known.get(tag);
      if (field === undefined) this.#reader.skip(tag);
      else this.#readField(shape, field, fields, depth);
    }
    return fields;
  }

  #readField(shape: MessageShape, field: Field, fields: MessageFields, depth: number): void {
    const { name, entry } = field;
    if (entry === undefined) {
      const value = readScalar(this.#reader, field);
      if (shape === ANY_VALUE) keepOnly(fields, name);
      fields[name] = value;
      return;
    }
    if (shape === ANY_VALUE) keepOnly(fields, name);
    const known = fields[name];
    const isMerged = field.kind === "message" && typeof known === "object" && known !== null;
    const target: MessageFields = isMerged ? (known as MessageFields) : {};
    this.#reader.readMessage(() => {
      if (depth < MAX_DEPTH) this.read(entry(), target, depth + 1);
      else this.#reader.skipAll();
    });
    if (field.kind === "message") fields[name] = target;
    else if (Array.isArray(known)) known.push(target);
    else fields[name] = [target];
  }
}

/** The members of an `AnyValue` are a `oneof`: the last one is the value. */
function keepOnly(fields: MessageFields, name: string): void {
  for (const other of Object.keys(fields)) if (other !== name) delete fields[other];
}

function readScalar(reader: ProtobufReader, { kind }: Field): unknown {
  switch (kind) {
    case "text":
      return reader.readText();
    case "id":
      return reader.readId();
    case "bytes":
      return reader.readBytes();
    case "bool":
      return reader.readVarint() !== 0n;
    case "int64":
      return BigInt.asIntN(64, reader.readVarint());
    case "uint32":
      return Number(BigInt.asUintN(32, reader.readVarint()));
    case "enum":
      return Number(BigInt.asIntN(32, reader.readVarint()));
    case "fixed32":
      return reader.readFixed32();
    case "fixed64":
      return reader.readFixed64();
    default:
      return reader.readDouble();
  }
}

const tables = new WeakMap<MessageShape, ReadonlyMap<number, Field>>();

function fieldsByTag(shape: MessageShape): ReadonlyMap<number, Field> {
  let table = tables.get(shape);
  if (table === undefined) {
    table = new Map(Object.values(shape).map((field) => [field.number * 8 + wireTypeOf(field.kind), field]));
    tables.set(shape, table);
  }
  return table;
}
