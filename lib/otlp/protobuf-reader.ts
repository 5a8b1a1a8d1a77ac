import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT } from "./message-shape.js";

const START_GROUP = 3;
const END_GROUP = 4;
/** Groups are unknown fields here; no writer of OTLP makes any. */
const MAX_GROUPS = 100;
const MAX_VARINT_BYTES = 10;

/** This error says why bytes are no protobuf message; its text never repeats any of them. */
export class MalformedProtobufError extends Error {}

/**
 * This reads protobuf's wire format (protobuf.dev, "Encoding") from a stretch of bytes. Every method throws
 * `MalformedProtobufError` where the bytes end too early or cannot be what they claim, and never reads past the end.
 */
export class ProtobufReader {
  readonly #bytes: Buffer;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.byteLength;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** Number and wire type of the next field, as `number * 8 + wireType`. */
  readTag(): number {
    const tag = Number(this.readVarint());
    if (tag < 8 || tag > 0xffff_ffff) throw new MalformedProtobufError("it has a field without a valid number");
    return tag;
  }

  /** An unsigned 64-bit integer; bits beyond are dropped, as every reader does. */
  readVarint(): bigint {
    // Seven times seven bits stay exact in a number; few varints are longer.
    let low = 0;
    for (let index = 0, unit = 1; index < 7; index++, unit *= 0x80) {
      const byte = this.#readByte();
      low += (byte & 0x7f) * unit;
      if (byte < 0x80) return BigInt(low);
    }
    let high = 0n;
    for (let index = 7, shift = 0n; index < MAX_VARINT_BYTES; index++, shift += 7n) {
      const byte = this.#readByte();
      high |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, (high << 49n) | BigInt(low));
    }
    throw new MalformedProtobufError("it has a varint longer than ten bytes");
  }

  readFixed32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  readFixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  readDouble(): number {
    return this.#bytes.readDoubleLE(this.#advance(8));
  }

  /** A copy, so that what is kept of a message does not keep all of it. */
  readBytes(): Uint8Array {
    const length = this.#readLength();
    const start = this.#advance(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  /** What is no UTF-8 becomes U+FFFD: one bad text does not lose a batch. */
  readText(): string {
    const length = this.#readLength();
    const start = this.#advance(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** Lower-case hex digits, and "" for what is longer than any id. */
  readId(): string {
    const length = this.#readLength();
    const start = this.#advance(length);
    return length > 16 ? "" : this.#bytes.toString("hex", start, start + length);
  }

  /** Calls back with this reader confined to the message that begins here. */
  readMessage(read: () => void): void {
    const length = this.#readLength();
    const outerEnd = this.#end;
    const end = this.#advance(length) + length;
    this.#at = end - length;
    this.#end = end;
    read();
    this.#end = outerEnd;
  }

  /** Passes over the rest of the message. */
  skipAll(): void {
    this.#at = this.#end;
  }

  /** Passes over the field of this tag, a group with everything within it. */
  skip(tag: number): void {
    const open: number[] = [];
    for (let next = tag; ; next = this.readTag()) {
      const wireType = next % 8;
      if (wireType === START_GROUP) open.push(next);
      else if (wireType === END_GROUP) this.#closeGroup(open.pop(), next);
      else this.#skipValue(wireType);
      if (open.length === 0) return;
      if (open.length > MAX_GROUPS) throw new MalformedProtobufError("it has groups nested too deep");
    }
  }

  #closeGroup(start: number | undefined, end: number): void {
    if (start === undefined || start + 1 !== end) {
      throw new MalformedProtobufError("it has the end of a group that did not begin");
    }
  }

  #skipValue(wireType: number): void {
    if (wireType === VARINT) this.readVarint();
    else if (wireType === FIXED64) this.#advance(8);
    else if (wireType === LENGTH_DELIMITED) this.#advance(this.#readLength());
    else if (wireType === FIXED32) this.#advance(4);
    else throw new MalformedProtobufError("it has a field of an unknown wire type");
  }

  #readLength(): number {
    return Number(this.readVarint());
  }

  #readByte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  /** Where the next bytes of this length begin. */
  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw new MalformedProtobufError("it is cut short");
    this.#at = start + length;
    return start;
  }
}
