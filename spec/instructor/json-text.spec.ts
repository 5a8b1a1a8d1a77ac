import fc from "fast-check";

import { JsonText } from "../../lib/instructor/json-text.js";

const readAll = (pieces: readonly string[]): string => {
  const json = new JsonText();
  return pieces.map((piece) => json.read(piece)).join("");
};

/** The text in pieces that end at these places. */
const split = (text: string, cuts: readonly number[]): string[] => {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((place, index) => text.slice(places[index], place));
};

describe("the JSON in a text", () => {
  it.each<[string, string]>([
    ["", ""],
    ["no JSON {here}", ""],
    ['{"a":1}', '{"a":1}'],
    [' \t{"a":1} and more', '{"a":1}'],
    ["x\n[1,[2],{}]]", "[1,[2],{}]"],
    ['x\n{"a":"}"}', '{"a":"}"}'],
    ['x\n{"a":"\\"}"}', '{"a":"\\"}"}'],
    ['x\n{"a":"\\\\"}"}', '{"a":"\\\\"}'],
    ['```json\n{"a":1}\n```', '{"a":1}'],
    ['see ```json {"a":1}``` there', '{"a":1}'],
    ['see ``` \n\n {"a":1}', '{"a":1}'],
    ['a {x} b ` {"a":1}', ""],
    ['{"a":1', '{"a":1'],
    ["{}{}", "{}"],
  ])("of %j is %j", (text, json) => {
    expect(readAll([text])).toBe(json);
  });

  it("begins where a fence does, however far its bracket is from it", () => {
    expect(readAll([`see \`\`\`json${" ".repeat(100)}{"a":1}`])).toBe('{"a":1}');
    expect(readAll(["see ```json", " ".repeat(100), '{"a":1}'])).toBe('{"a":1}');
  });

  it("is the same wherever the text is split", () => {
    const token = fc.constantFrom(
      ...'{}[]"\\`\n\t {1,:a',
      "```",
      "```json",
      "```json\n",
      "\r\n",
      '{"a":"x"}',
      '"}"',
      " ".repeat(40),
      "prose ".repeat(8),
      "é😀",
    );
    const text = fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join(""));
    const cuts = fc.array(fc.nat({ max: 1000 }), { maxLength: 12 });
    fc.assert(
      fc.property(text, cuts, (whole, places) => {
        const expected = readAll([whole]);
        expect(readAll(split(whole, places))).toBe(expected);
        expect(readAll([...whole.split("")])).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
