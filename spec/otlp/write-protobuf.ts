/** Protobuf written by hand, so that the reader is not tested with our writer alone. */

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const START_GROUP = 3;
export const END_GROUP = 4;
export const FIXED32 = 5;

export function varint(value: bigint | number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

export function tag(number: number, wireType: number): number[] {
  return varint(number * 8 + wireType);
}

/** A field of a text, of bytes or of a message's parts. */
export function field(number: number, ...parts: readonly (string | readonly number[])[]): number[] {
  const content = parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part));
  return [...tag(number, BYTES), ...varint(content.length), ...content];
}

export function int(number: number, value: bigint | number): number[] {
  return [...tag(number, VARINT), ...varint(value)];
}

export const IDS = [field(1, [...Buffer.alloc(16, 0xab)]), field(2, [...Buffer.alloc(8, 0xcd)])].flat();

/** A request of one span with these fields after its ids. */
export function request(...spanFields: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(field(1, field(2, field(2, IDS, ...spanFields))));
}

/** A request of one span with this `AnyValue` as its attribute `a`. */
export function requestWithValue(...value: readonly (readonly number[])[]): Uint8Array {
  return request(field(9, field(1, "a"), field(2, ...value)));
}
