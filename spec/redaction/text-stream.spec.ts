import fc from "fast-check";
import { resetLog } from "../../lib/internal/index";
import { createRedactor, type Redactor } from "../../lib/redaction/index";
import { CANARIES } from "./canaries";
import { ORDINARY } from "./ordinary";

const redactor = createRedactor(true);

function stream(text: string, cuts: (at: number) => number, from: Redactor = redactor): string[] {
  const redaction = from.openTextStream();
  const shown: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = Math.max(1, cuts(at));
    shown.push(redaction.push(text.slice(at, at + size)));
    at += size;
  }
  shown.push(redaction.finish());
  return shown;
}

beforeEach(() => resetLog(() => undefined));

describe("a stream of text", () => {
  it.each([1, 2, 3, 4, 7, 11, 64])("shows no canary in chunks of %i, and the rest of the text", (size) => {
    for (const { kind, text, secret } of CANARIES) {
      const shown = stream(`Here you are: ${text} and that was it.`, () => size).join("");
      const [before, after] = text.split(secret) as [string, string];
      expect([kind, shown.includes(secret)]).toEqual([kind, false]);
      if (text.includes("PRIVATE KEY")) continue;
      // A key known by its middle: what came before it had a digit in it is out.
      const found = shown.match(/^Here you are: (.*)\[redacted[^\]]*\](.*) and that was it\.$/);
      expect([kind, found?.[1]?.slice(0, before.length), found?.[2]]).toEqual([kind, before, after]);
      expect((found?.[1]?.length ?? 0) - before.length).toBeLessThanOrEqual(2);
    }
  });

  it("gives what the whole text gives, however it is cut", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom(...CANARIES.filter(({ kind }) => kind !== "azure openai").map(({ text }) => text)),
        fc.constantFrom(...ORDINARY.slice(0, 60)),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(pieces, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 9 }), (texts, sizes) => {
        const text = texts.join("\n");
        expect(stream(text, (at) => sizes[at % sizes.length]!).join("")).toBe(plain(text));
      }),
      { numRuns: 300 },
    );
  });

  it("holds nothing of prose back that can be no start of a key", () => {
    const redaction = redactor.openTextStream();
    for (const chunk of ["The", " token", " is", " passed", " on", " to", " the", " password", " field", "."]) {
      expect(redaction.push(chunk)).toBe(chunk);
    }
    expect(redaction.push(" Ask")).toBe(" Ask");
    expect(redaction.push(" s")).toBe(" ");
    expect(redaction.push("k")).toBe("");
    expect(redaction.push("ip")).toBe("skip");
    expect(redaction.finish()).toBe("");
  });

  it("says that something is hidden as soon as it has ended", () => {
    const redaction = redactor.openTextStream();
    expect(redaction.push('{"password":"hun')).toBe('{"password":"');
    expect(redaction.push("ter2")).toBe("");
    expect(redaction.push('","a')).toBe('[redacted]","a');
  });

  it.each([
    ["a text", '"password":"', "x".repeat(20_000), '","user":"ada"}', '"'],
    ["a text with quotes", '"password":"', 'x\\"'.repeat(9_000), '","user":"ada"}', '"'],
    ["an escaped text", '\\"password\\":\\"', "x y ".repeat(9_000), '\\",\\"user\\":\\"ada\\"}', '\\"'],
    ["an object", '"credentials":', `{"a":["}",{"b":"${"x".repeat(9_000)}"}]}`, ',"user":"ada"}', ""],
    ["a key", "use ", `sk-proj-${"aB3x".repeat(4_000)}`, " now", ""],
    ["a header", "Cookie: ", `a=${"b; c".repeat(4_000)}`, "\nHost: x", ""],
    ["a private key", "-----BEGIN PRIVATE KEY-----", `\n${"aB3x".repeat(4_000)}\n`, "-----END PRIVATE KEY-----", ""],
  ])("drops %s that is too long to be held back", (_name, before, secret, end) => {
    const after = `${end} ${"and more of it ".repeat(30)}`;
    const shown = stream(before + secret + after, () => 97).join("");
    expect(shown.startsWith(before)).toBe(true);
    expect(shown.endsWith(after)).toBe(true);
    expect(shown.slice(before.length, -after.length)).toMatch(/^"?\[redacted[^\]]*\]"?$/);
  });

  it("finds what a pattern of the user's matches over chunks", () => {
    const own = createRedactor({ patterns: [/EMP-\d{6}/] });
    expect(stream(`${"word ".repeat(200)}EMP-123456 ${"word ".repeat(200)}`, () => 4, own).join("")).toBe(
      `${"word ".repeat(200)}[redacted:pattern] ${"word ".repeat(200)}`,
    );
  });

  it("shows nothing of what it could not redact", () => {
    const broken = createRedactor({
      patterns: [
        Object.assign(/x/, {
          exec: () => {
            throw new Error("no");
          },
        }),
      ],
    });
    const redaction = broken.openTextStream();
    expect(redaction.push("some text")).toBe("[redaction failed]");
    expect(redaction.finish()).toBe("[redaction failed]");
  });
});

/** The whole text, not as JSON: a stream does not know what it will have been. */
function plain(text: string): string {
  return redactor.redactText(`\u00a0 .${text}`).slice(3);
}
