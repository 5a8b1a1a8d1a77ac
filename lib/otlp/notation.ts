import type { Field } from "./message-shape.js";

/**
 * This is how messages of OTLP are spelt: JSON or protobuf. The encoders walk a span once and ask the notation for each
 * piece of text; in protobuf a character is a byte, so that both build their result by joining strings.
 *
 * A *body* is the fields of a message; `wrap` makes a message of it. The values (`stringValue` …) are messages already.
 */
export interface Notation {
  /** An `AnyValue` without a member is OTLP's "empty" value (common.proto); it stands for null inside a list. */
  readonly empty: string;
  /** U+FFFD as it shows up in what this notation writes. */
  readonly replacement: string;
  /** The most characters that `append` adds to a message. */
  readonly entryOverhead: number;
  /** The most that a resource and its scope take beside their openings and spans. */
  readonly groupOverhead: number;
  /** `startKeyValue` of attribute names met before. */
  readonly keyStarts: Map<string, string>;
  /** Openings of groups met before, by the resource and scope objects they were made of. */
  readonly resources: WeakMap<object, string>;
  readonly scopes: WeakMap<object, string>;

  /** Well-formed: a surrogate without its other half becomes U+FFFD. */
  text(field: Field, value: string): string;
  /** Of lower-case hex digits. */
  id(field: Field, hex: string): string;
  /** Of decimal nanoseconds within `fixed64`. */
  time(field: Field, nanos: string): string;
  /** An enum or a `uint32`. */
  number(field: Field, value: number): string;
  fixed32(field: Field, value: number): string;
  message(field: Field, body: string): string;
  /** A list is `openList`, messages joined by `append`, `closeList`; an empty one can be left out. */
  openList(field: Field): string;
  append(list: string, field: Field, message: string): string;
  closeList(): string;
  wrap(body: string): string;
  /** The body of a `Status`; code 0 and the empty message are left out. */
  status(code: number, message: string): string;

  /** A `KeyValue` up to its value. */
  startKeyValue(key: string): string;
  endKeyValue(start: string, value: string): string;

  stringValue(text: string): string;
  boolValue(value: boolean): string;
  /** Of an integer within int64. */
  intValue(value: number | bigint): string;
  doubleValue(value: number): string;
  bytesValue(bytes: Uint8Array): string;
  /** Of `AnyValue` messages joined by `append` with `ARRAY_VALUE.values`. */
  arrayValue(list: string): string;
  /** Of `KeyValue` messages joined by `append` with `KEY_VALUE_LIST.values`. */
  kvlistValue(list: string): string;
}
