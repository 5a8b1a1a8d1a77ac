const HEX = Array.from({ length: 0x10000 }, (_, value) => value.toString(16).padStart(4, "0"));

function hex4(): string {
  return HEX[(Math.random() * 0x10000) | 0] as string;
}

/** A random span id: 16 lower-case hex digits, never all zero. */
export function randomSpanId(): string {
  const low = ((Math.random() * 0xffff) | 0) + 1;
  return hex4() + hex4() + hex4() + (HEX[low] as string);
}

/** A random trace id: 32 lower-case hex digits, never all zero. */
export function randomTraceId(): string {
  return hex4() + hex4() + hex4() + hex4() + randomSpanId();
}
