import type { Field } from "./message-shape.js";
import type { KeyParts, Notation, SpanHead } from "./notation.js";
import { bytesOfHex, delimited, doubleOf, fixed32Of, fixed64Of, int64Of, utf8Of, varintOf } from "./protobuf-bytes.js";
import { hasReplacement } from "./quote-text.js";
import { ANY_VALUE, KEY_VALUE, SPAN, STATUS } from "./trace-shapes.js";

/** A tag of one byte and the length of a string, which V8 keeps below 2^29. */
const MAX_PREFIX_BYTES = 6;

/**
 * This spells OTLP as protobuf, one character a byte. Fields with their default are left out as proto3 demands, except
 * the members of an `AnyValue`, where being there is the meaning.
 */
class ProtobufNotation implements Notation {
  readonly empty = "";
  readonly document = ["", ""] as const;
  readonly entryOverhead = MAX_PREFIX_BYTES;
  readonly groupOverhead = 2 * MAX_PREFIX_BYTES;
  /**
   * Readers of protobuf refuse a request whose messages nest more than 100 deep. The value of an event's attribute is the
   * sixth, and an object adds three: `KeyValueList`, `KeyValue`, `AnyValue`.
   */
  readonly maxNesting = 31;
  readonly keys = new Map<string, KeyParts>();
  readonly resources = new WeakMap<object, string>();
  readonly scopes = new WeakMap<object, string>();

  text(field: Field, value: string): string {
    return value === "" ? "" : field.tag + delimited(utf8Of(value));
  }

  id(field: Field, hex: string): string {
    return field.tag + delimited(bytesOfHex(hex));
  }

  time(field: Field, nanos: string): string {
    return nanos === "0" ? "" : field.tag + fixed64Of(nanos);
  }

  number(field: Field, value: number): string {
    return value === 0 ? "" : field.tag + varintOf(value);
  }

  fixed32(field: Field, value: number): string {
    return field.tag + fixed32Of(value);
  }

  message(field: Field, body: string): string {
    return field.tag + delimited(body);
  }

  openList(): string {
    return "";
  }

  append(list: string, field: Field, message: string): string {
    return list + field.tag + delimited(message);
  }

  closeList(): string {
    return "";
  }

  wrap(body: string): string {
    return body;
  }

  openEntry(field: Field, bodyLength: number): string {
    return field.tag + varintOf(bodyLength);
  }

  closeEntry(): string {
    return "";
  }

  status(code: number, message: string): string {
    return this.text(STATUS.message, message) + this.number(STATUS.code, code);
  }

  spanHead(head: SpanHead): string {
    return (
      this.id(SPAN.traceId, head.traceId) +
      this.id(SPAN.spanId, head.spanId) +
      this.text(SPAN.traceState, head.traceState) +
      (head.parentSpanId === "" ? "" : this.id(SPAN.parentSpanId, head.parentSpanId)) +
      this.fixed32(SPAN.flags, head.flags) +
      this.text(SPAN.name, head.name) +
      this.number(SPAN.kind, head.kind) +
      this.time(SPAN.startTimeUnixNano, head.startNanos) +
      this.time(SPAN.endTimeUnixNano, head.endNanos)
    );
  }

  startKeyValue(key: string): string {
    return this.text(KEY_VALUE.key, key) + KEY_VALUE.value.tag;
  }

  endKeyValue(start: string, value: string): string {
    return start + delimited(value);
  }

  keyParts(key: string): KeyParts {
    return { start: this.startKeyValue(key), isAmbiguous: hasReplacement(key) };
  }

  appendText(list: string, field: Field, key: KeyParts, text: string): string {
    return this.append(list, field, this.endKeyValue(key.start, this.stringValue(text)));
  }

  appendInteger(list: string, field: Field, key: KeyParts, value: number): string {
    return this.append(list, field, this.endKeyValue(key.start, this.intValue(value)));
  }

  stringValue(text: string): string {
    return ANY_VALUE.stringValue.tag + delimited(utf8Of(text));
  }

  boolValue(value: boolean): string {
    return ANY_VALUE.boolValue.tag + (value ? "\u0001" : "\u0000");
  }

  intValue(value: number | bigint): string {
    return ANY_VALUE.intValue.tag + int64Of(value);
  }

  doubleValue(value: number): string {
    return ANY_VALUE.doubleValue.tag + doubleOf(value);
  }

  bytesValue(bytes: Uint8Array): string {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    return ANY_VALUE.bytesValue.tag + delimited(content);
  }

  arrayValue(list: string): string {
    return ANY_VALUE.arrayValue.tag + delimited(list);
  }

  kvlistValue(list: string): string {
    return ANY_VALUE.kvlistValue.tag + delimited(list);
  }
}

export const protobufNotation: Notation = new ProtobufNotation();
