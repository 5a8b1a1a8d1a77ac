import type { Field } from "./message-shape.js";
import type { KeyParts, Notation, SpanHead } from "./notation.js";
import { hasReplacement, isPlainText, quoteText } from "./quote-text.js";

/** With the comma before it: what a further attribute of a list is up to its text or its digits. */
interface JsonKeyParts extends KeyParts {
  readonly nextText: string;
  readonly nextInteger: string;
}

/**
 * This spells OTLP as proto3 JSON with hex ids and enums as numbers (OTLP specification, "JSON Protobuf Encoding").
 *
 * Every piece of a concatenation is paid for twice, when it is added and when all is written out (25 ns on Node 20), so
 * that what nearly every span has is written with few, and constants are put together beforehand.
 */
class JsonNotation implements Notation {
  readonly empty = "{}";
  readonly document = ['{"resourceSpans":[', "]}"] as const;
  readonly entryOverhead = ",{}".length;
  readonly groupOverhead = "{]},{]},".length;
  /** OTel's limit for nested attribute values (specification, "Attribute Limits"). */
  readonly maxNesting = 64;
  readonly keys = new Map<string, JsonKeyParts>();
  readonly resources = new WeakMap<object, string>();
  readonly scopes = new WeakMap<object, string>();

  text(field: Field, value: string): string {
    return field.json + quoteText(value);
  }

  id(field: Field, hex: string): string {
    return `${field.json}${hex}"`;
  }

  time(field: Field, nanos: string): string {
    return `${field.json}${nanos}"`;
  }

  number(field: Field, value: number): string {
    return `${field.json}${value}`;
  }

  fixed32(field: Field, value: number): string {
    return `${field.json}${value}`;
  }

  message(field: Field, body: string): string {
    return `${field.json}${body}}`;
  }

  openList(field: Field): string {
    return field.json;
  }

  append(list: string, _field: Field, message: string): string {
    return list === "" ? message : `${list},${message}`;
  }

  closeList(): string {
    return "]";
  }

  wrap(body: string): string {
    return `{${body}}`;
  }

  openEntry(_field: Field, _bodyLength: number, isFirst: boolean): string {
    return isFirst ? "{" : ",{";
  }

  closeEntry(): string {
    return "}";
  }

  status(code: number, message: string): string {
    if (message === "") return code === 0 ? "" : `"code":${code}`;
    return `${code === 0 ? "" : `"code":${code},`}"message":${quoteText(message)}`;
  }

  spanHead(head: SpanHead): string {
    const { traceId, spanId, traceState, parentSpanId, flags, name, kind, startNanos, endNanos } = head;
    const state = traceState === "" ? "" : `,"traceState":${quoteText(traceState)}`;
    const parent = parentSpanId === "" ? "" : `,"parentSpanId":"${parentSpanId}"`;
    const ids = `"traceId":"${traceId}","spanId":"${spanId}"${state}${parent}`;
    return `${ids},"flags":${flags},"name":${quoteText(name)},"kind":${kind},"startTimeUnixNano":"${startNanos}","endTimeUnixNano":"${endNanos}"`;
  }

  startKeyValue(key: string): string {
    return `{"key":${quoteText(key)},"value":`;
  }

  endKeyValue(start: string, value: string): string {
    return `${start}${value}}`;
  }

  keyParts(key: string): JsonKeyParts {
    const start = this.startKeyValue(key);
    const nextText = `,${start}{"stringValue":"`;
    return { start, nextText, nextInteger: `,${start}{"intValue":"`, isAmbiguous: hasReplacement(key) };
  }

  appendText(list: string, field: Field, key: JsonKeyParts, text: string): string {
    if (list === "" || !isPlainText(text)) {
      return this.append(list, field, this.endKeyValue(key.start, this.stringValue(text)));
    }
    return list + (key.nextText + (text + '"}}'));
  }

  appendInteger(list: string, field: Field, key: JsonKeyParts, value: number): string {
    if (list === "") return this.endKeyValue(key.start, this.intValue(value));
    return list + (key.nextInteger + `${value}"}}`);
  }

  stringValue(text: string): string {
    return isPlainText(text) ? `{"stringValue":"${text}"}` : `{"stringValue":${quoteText(text)}}`;
  }

  boolValue(value: boolean): string {
    return value ? '{"boolValue":true}' : '{"boolValue":false}';
  }

  intValue(value: number | bigint): string {
    return `{"intValue":"${value}"}`;
  }

  doubleValue(value: number): string {
    return Number.isFinite(value) ? `{"doubleValue":${value}}` : `{"doubleValue":"${value}"}`;
  }

  bytesValue(bytes: Uint8Array): string {
    return `{"bytesValue":"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")}"}`;
  }

  arrayValue(list: string): string {
    return list === "" ? '{"arrayValue":{}}' : `{"arrayValue":{"values":[${list}]}}`;
  }

  kvlistValue(list: string): string {
    return list === "" ? '{"kvlistValue":{}}' : `{"kvlistValue":{"values":[${list}]}}`;
  }
}

export const jsonNotation: Notation = new JsonNotation();
