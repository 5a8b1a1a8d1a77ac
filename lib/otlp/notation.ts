import type { Field } from "./message-shape.js";

/** What of an attribute depends on its name alone. */
export interface KeyParts {
  /** `startKeyValue` of the name. */
  readonly start: string;
  /** True when there is U+FFFD in it, which half a surrogate pair becomes: another name may be the same by now. */
  readonly isAmbiguous: boolean;
}

/** The fields of a span before its attributes; "" for those that it has not. */
export interface SpanHead {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly parentSpanId: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: string;
  readonly endNanos: string;
}

/**
 * This is how messages of OTLP are spelt: JSON or protobuf. The encoders walk a span once and ask the notation for each
 * piece of text; in protobuf a character is a byte, so that both build their result by joining strings.
 *
 * A *body* is the fields of a message; `wrap` makes a message of it. The values (`stringValue` …) are messages already.
 */
export interface Notation {
  /** An `AnyValue` without a member is OTLP's "empty" value (common.proto); it stands for null inside a list. */
  readonly empty: string;
  /** What stands around the entries of a whole `TracesData`. */
  readonly document: readonly [before: string, after: string];
  /** The most characters that `openEntry` and `closeEntry` are. */
  readonly entryOverhead: number;
  /** The most that a resource and its scope take beside their openings and spans. */
  readonly groupOverhead: number;
  /** How many objects and lists of an attribute value may be inside each other. */
  readonly maxNesting: number;
  /** `keyParts` of attribute names met before. */
  readonly keys: Map<string, KeyParts>;
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
  /** What stands before and after the body of a message of this length in a list: `append` for what is not one text. */
  openEntry(field: Field, bodyLength: number, isFirst: boolean): string;
  closeEntry(): string;
  /** The body of a `Status`; code 0 and the empty message are left out. */
  status(code: number, message: string): string;

  /** What a span begins with, in the order of the fields. */
  spanHead(head: SpanHead): string;

  /** A `KeyValue` up to its value. */
  startKeyValue(key: string): string;
  endKeyValue(start: string, value: string): string;
  keyParts(key: string): KeyParts;
  /** `append` of a `KeyValue` with a `stringValue`. */
  appendText(list: string, field: Field, key: KeyParts, text: string): string;
  /** `append` of a `KeyValue` with an `intValue`. */
  appendInteger(list: string, field: Field, key: KeyParts, value: number): string;

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
