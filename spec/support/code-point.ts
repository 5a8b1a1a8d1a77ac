import fc from "fast-check";

const SURROGATES = 0x800;
const BEFORE_SURROGATES = 0xd800;

/**
 * A code point as text, as fast-check's own unit "binary" gives: that makes a table of all of them first, a second of
 * work in every file that uses it.
 */
export const codePoint = fc.integer({ min: 0, max: 0x10_ffff - SURROGATES }).map(
  (index) => String.fromCodePoint(index < BEFORE_SURROGATES ? index : index + SURROGATES),
  (text) => {
    const point = typeof text === "string" && text.isWellFormed() ? text.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== text) throw new Error("not one code point");
    return point < BEFORE_SURROGATES ? point : point - SURROGATES;
  },
);
