/** Scalars of protobuf's wire format (protobuf.dev, "Encoding") as text of one character a byte. */

const scratch = Buffer.alloc(16);

/** A varint of an unsigned integer that a number holds exactly. */
export function varintOf(value: number): string {
  if (value < 0x80) return String.fromCharCode(value);
  if (value < 0x4000) return String.fromCharCode((value & 0x7f) | 0x80, value >> 7);
  let text = "";
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) text += String.fromCharCode((rest % 0x80) | 0x80);
  return text + String.fromCharCode(rest);
}

/** The varint of an `int64`: a negative one takes ten bytes, as two's complement. */
export function int64Of(value: number | bigint): string {
  if (typeof value === "number" && value >= 0) return varintOf(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  let text = "";
  for (; rest >= 0x80n; rest >>= 7n) text += String.fromCharCode(Number(rest & 0x7fn) | 0x80);
  return text + String.fromCharCode(Number(rest));
}

/** The value of a `string`, `bytes` or message field: its length and itself. */
export function delimited(content: string): string {
  return varintOf(content.length) + content;
}

export function fixed32Of(value: number): string {
  scratch.writeUInt32LE(value);
  return scratch.toString("latin1", 0, 4);
}

/** A `fixed64` of decimal digits. */
export function fixed64Of(decimal: string): string {
  scratch.writeBigUInt64LE(BigInt(decimal));
  return scratch.toString("latin1", 0, 8);
}

export function doubleOf(value: number): string {
  scratch.writeDoubleLE(value);
  return scratch.toString("latin1", 0, 8);
}

/** The bytes of up to 32 hex digits. */
export function bytesOfHex(hex: string): string {
  return scratch.toString("latin1", 0, scratch.write(hex, "hex"));
}

/** The UTF-8 of a text; a surrogate without its other half becomes U+FFFD. */
export function utf8Of(text: string): string {
  // Only ASCII has as many bytes as UTF-16 units, and counting costs less than copying.
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
}
