import fc from "fast-check";
import {
  buildSpanTree,
  decodeTracesData,
  encodeTracesData,
  formatDuration,
  renderSpanLine,
  renderSpanTree,
  toTerminalText,
  toTreeSpan,
} from "../../lib/otlp/index";
import { codePoint } from "../support/code-point";
import { makeSpan } from "./make-span";

const PLAIN = { width: 100, isColoured: false, isPlain: true };
const DRAWN = { width: 100, isColoured: false, isPlain: false };
/** Controls, escapes, bidirectional and invisible characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("renderSpanTree", () => {
  it("draws decoded spans as it draws live ones", () => {
    const spans = [makeSpan({ id: 1, name: "root" }), makeSpan({ id: 2, parent: 1, name: "child", kind: 2 })];
    const live = renderSpanTree(buildSpanTree(spans.map(toTreeSpan)), DRAWN);
    const decoded = renderSpanTree(buildSpanTree(decodeTracesData(encodeTracesData(spans).text).spans), DRAWN);
    expect(decoded).toBe(live);
    expect(live).toBe("span root        1.0 ms  ━━━━━━━━━━━━━━━━━━━━\n└─ client child  1.0 ms  ━━━━━━━━━━━━━━━━━━━━\n");
  });

  it("draws hostile names and values harmlessly", () => {
    const hostile = "a\u001b[2Jb\u202ec\u0007\nd\u200be\ud800f\u2028g\u009b31mh\r\0";
    const span = makeSpan({
      name: hostile,
      status: { code: 2, message: hostile },
      attributes: { "respan.customer_params.customer_identifier": hostile, "spandrel.stream.chunk_count": hostile },
    });
    expect(renderSpanTree(buildSpanTree([toTreeSpan(span)]), PLAIN)).toBe(
      "span a?[2Jbc? de?f g?31mh ?  1.0 ms  ====================  " +
        "customer=a?[2Jbc? de?f g?31mh ?  error: a?[2Jbc? de?f g?31mh ?\n",
    );
  });

  it("never lets a harmful character through, whatever the text is", () => {
    const text = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(text, text, (name, message) => {
        const span = toTreeSpan(
          makeSpan({ name, status: { code: 2, message }, attributes: { "respan.threads.thread_identifier": message } }),
        );
        const tree = renderSpanTree(buildSpanTree([span]), DRAWN, { heading: "h" });
        for (const line of [...tree.split("\n"), renderSpanLine(span, DRAWN).slice(0, -1)]) {
          expect(line).not.toMatch(HARMFUL);
        }
        expect(tree.split("\n")).toHaveLength(3);
      }),
    );
  });

  it("aligns names in wide and combining characters", () => {
    const spans = [
      makeSpan({ id: 1, name: "日本語" }),
      makeSpan({ id: 2, parent: 1, name: "e\u0301te\u0301" }),
      makeSpan({ id: 3, parent: 1, name: "👋 hi" }),
    ];
    expect(renderSpanTree(buildSpanTree(spans.map(toTreeSpan)), { ...DRAWN, width: 60 })).toBe(
      "span 日本語    1.0 ms\n├─ span e\u0301te\u0301    1.0 ms\n└─ span 👋 hi  1.0 ms\n",
    );
  });

  it("cuts long names and messages", () => {
    const span = toTreeSpan(makeSpan({ name: "n".repeat(500), status: { code: 2, message: "m".repeat(1_000_000) } }));
    const [line] = renderSpanTree(buildSpanTree([span]), PLAIN).split("\n");
    expect(line).toBe(`span ${"n".repeat(42)}...  1.0 ms  ====================  error: ${"m".repeat(110)}...`);
  });

  it("draws a chain of 20,000 without growing the indent for ever", () => {
    const spans = Array.from({ length: 20_000 }, (_, index) =>
      toTreeSpan(makeSpan({ id: index + 1, ...(index === 0 ? {} : { parent: index }), from: index / 1_000, to: 100 })),
    );
    const lines = renderSpanTree(buildSpanTree(spans), PLAIN).split("\n");
    expect(lines).toHaveLength(20_001);
    expect(lines.at(-2)).toContain("~ span Desk.handle");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  });

  it.each([
    ["agent", { "traceloop.span.kind": "agent" }, 0],
    ["llm", { "gen_ai.request.model": "m" }, 2],
    ["llm", { "llm.request.type": "chat" }, 0],
    ["server", { "traceloop.span.kind": "nonsense" }, 1],
    ["producer", {}, 3],
    ["span", {}, 77],
  ])("calls it %s for %j", (word, attributes, kind) => {
    const span = toTreeSpan(makeSpan({ attributes, kind }));
    expect(renderSpanTree(buildSpanTree([span]), PLAIN).split(" ")[0]).toBe(word);
  });

  it.each([
    [{ "gen_ai.usage.input_tokens": 5 }, "5 in tokens"],
    [{ "gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.completion_tokens": 6 }, "5 in / 6 out tokens"],
    [{ "spandrel.stream.chunk_count": 1, "spandrel.stream.outcome": "completed" }, "1 chunk"],
    [{ "spandrel.stream.chunk_count": 0, "spandrel.stream.outcome": "abandoned" }, "0 chunks (abandoned)"],
  ])("says of %j: %s", (attributes, note) => {
    const [line] = renderSpanTree(buildSpanTree([toTreeSpan(makeSpan({ attributes }))]), PLAIN).split("\n");
    expect(line).toBe(`span Desk.handle  1.0 ms  ====================  ${note}`);
  });

  it("names the error's type where there is no message, and reads no attribute that throws", () => {
    const attributes = {
      get "respan.threads.thread_identifier"(): never {
        throw new Error("x");
      },
      "error.type": "TypeError",
    };
    const [line] = renderSpanTree(
      buildSpanTree([toTreeSpan(makeSpan({ attributes, status: { code: 2 } }))]),
      PLAIN,
    ).split("\n");
    expect(line).toBe("span Desk.handle  1.0 ms  ====================  error: TypeError");
  });

  it("draws a span whose times are none or run backwards", () => {
    const spans = [makeSpan({ id: 1, startTime: [NaN, 0], endTime: [NaN, 0] }), makeSpan({ id: 2, from: 5, to: 1 })];
    expect(
      renderSpanTree(buildSpanTree(spans.map(toTreeSpan)), PLAIN)
        .split("\n")
        .map((line) => line.slice(0, 22)),
    ).toEqual(["span Desk.handle  0 us", "span Desk.handle  0 us", ""]);
  });
});

describe("formatDuration", () => {
  it.each([
    [-5n, "0 µs"],
    [0n, "0 µs"],
    [1_499n, "1 µs"],
    [999_499n, "999 µs"],
    [999_500n, "1.0 ms"],
    [9_949_000n, "9.9 ms"],
    [9_950_000n, "10 ms"],
    [999_499_999n, "999 ms"],
    [999_500_000n, "1.0 s"],
    [59_949_000_000n, "59.9 s"],
    [59_950_000_000n, "1 m 00 s"],
    [125_000_000_000n, "2 m 05 s"],
    [3_599_499_999_999n, "59 m 59 s"],
    [3_600_000_000_000n, "1 h 00 m"],
    [90_000_000_000_000n, "25 h 00 m"],
  ])("%s ns is %s", (nanos, text) => {
    expect(formatDuration(nanos)).toBe(text);
  });
});

describe("toTerminalText", () => {
  it.each([
    ["  two\t\n lines ", 20, "two lines"],
    ["exactly", 7, "exactly"],
    ["too long", 7, "too lo…"],
    ["日本語", 5, "日本…"],
    ["👨‍👩‍👧", 10, "👨👩👧"],
    [`a${"\u0301".repeat(50)}`, 10, `a${"\u0301".repeat(3)}`],
    ["\ufeffmark\u00ad\u{e0041}", 10, "mark"],
    [`${"x".repeat(5_000)}\u001b`, 10_000, "x".repeat(4_000)],
  ])("%j in %i columns is %j", (text, width, expected) => {
    expect(toTerminalText(text, width)).toBe(expected);
  });
});
