import { BoundedText } from "../../lib/instruments/index.js";

/** The text of pieces, bounded by 16 characters. */
function join(...pieces: string[]): string {
  const text = new BoundedText(16);
  for (const piece of pieces) text.add(piece);
  expect(text.length).toBe(pieces.join("").length);
  return String(text);
}

describe("a bounded text", () => {
  it("is whole up to its bound", () => {
    expect(join()).toBe("");
    expect(join("", "a", "")).toBe("a");
    expect(join("0123456789", "abcdef")).toBe("0123456789abcdef");
  });

  it("beyond it shows a quarter of the bound, and the length of the whole", () => {
    expect(join("0123456789", "abcdefg")).toBe("0123…[cut: 17 chars]");
    expect(join("0123456789".repeat(100))).toBe("0123…[cut: 1000 chars]");
  });

  it("shows the beginning of a piece that is longer than the bound", () => {
    expect(join("ab", "c".repeat(100))).toBe("abcc…[cut: 102 chars]");
    expect(join("abcdef", "g".repeat(100))).toBe("abcd…[cut: 106 chars]");
  });

  it("never shows half a character", () => {
    const text = join("abc", "😀".repeat(20));
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain("[cut: 43 chars]");
  });

  it("keeps nothing of what comes after the cut", () => {
    const text = new BoundedText(16);
    text.add("0123456789");
    text.add("0123456789");
    text.add("x");
    const kept = String(text);
    expect(kept).toBe("0123…[cut: 21 chars]");
    // Were it kept, a thousand megabytes would be.
    const piece = "y".repeat(2 ** 28);
    for (let at = 0; at < 8; at++) text.add(piece);
    expect(text.length).toBe(21 + 2 ** 31);
  });
});
