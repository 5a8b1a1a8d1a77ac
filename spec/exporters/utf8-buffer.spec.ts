import { Utf8Buffer } from "../../lib/exporters/utf8-buffer";

const MEBIBYTE = 1024 * 1024;

describe("a buffer of UTF-8", () => {
  it("holds what was written, in order, whatever its size", () => {
    const texts = ["", "a", "é".repeat(30_000), "\u{1f600}".repeat(50_000), "x".repeat(3 * MEBIBYTE), "end\n"];
    const buffer = new Utf8Buffer();
    for (const text of texts) buffer.write(text);
    const expected = Buffer.from(texts.join(""));
    expect(buffer.length).toBe(expected.length);
    expect(buffer.read().equals(expected)).toBe(true);
  });

  it("never writes half a character at the end of its memory", () => {
    const buffer = new Utf8Buffer();
    const text = "x".repeat(64 * 1024 - 1);
    buffer.write(text);
    buffer.write("é");
    expect(buffer.read().toString()).toBe(`${text}é`);
  });

  it("uses its memory again", () => {
    const buffer = new Utf8Buffer();
    buffer.write("first");
    const before = buffer.read();
    buffer.clear();
    expect(buffer.length).toBe(0);
    buffer.write("second");
    expect(buffer.read().toString()).toBe("second");
    expect(buffer.read().buffer).toBe(before.buffer);
  });

  it("lets go of more than 8 MiB", () => {
    const buffer = new Utf8Buffer();
    buffer.write("x".repeat(9 * MEBIBYTE));
    expect(buffer.read().buffer.byteLength).toBeGreaterThan(8 * MEBIBYTE);
    buffer.clear();
    buffer.write("x");
    expect(buffer.read().buffer.byteLength).toBeLessThan(MEBIBYTE);
  });
});
