import type { Field } from "./message-shape.js";
import type { Notation } from "./notation.js";
import { isPlainText, quoteText } from "./quote-text.js";

/** This spells OTLP as proto3 JSON with hex ids and enums as numbers (OTLP specification, "JSON Protobuf Encoding"). */
class JsonNotation implements Notation {
  readonly empty = "{}";
  readonly replacement = "\ufffd";
  readonly entryOverhead = ",".length;
  readonly groupOverhead = "{]},{]},".length;
  readonly keyStarts = new Map<string, string>();
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
    return `${field.json}{${body}}`;
  }

  openList(field: Field): string {
    return `${field.json}[`;
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

  status(code: number, message: string): string {
    if (message === "") return code === 0 ? "" : `"code":${code}`;
    return `${code === 0 ? "" : `"code":${code},`}"message":${quoteText(message)}`;
  }

  startKeyValue(key: string): string {
    return `{"key":${quoteText(key)},"value":`;
  }

  endKeyValue(start: string, value: string): string {
    return `${start}${value}}`;
  }

  stringValue(text: string): string {
    // Every piece of a concatenation is paid for twice, when it is added and when the line is made one text.
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
