import fc from "fast-check";
import { PartialJsonError } from "../../lib/errors.js";
import { PartialJsonParser } from "../../lib/partial-json/partial-json-parser.js";
import { expectSame } from "../support/expect-same.js";
import { jsonTexts } from "../support/json-texts.js";

interface Outcome {
  readonly offset: number | undefined;
  readonly message: string | undefined;
  readonly shown: unknown;
}

/** Where the text is refused, if it is, and what was shown then. */
function read(text: string, pieces: Iterable<string> = [text]): Outcome {
  const parser = new PartialJsonParser();
  try {
    for (const piece of pieces) parser.push(piece);
    parser.finish();
    return { offset: undefined, message: undefined, shown: parser.value };
  } catch (error) {
    if (!(error instanceof PartialJsonError)) throw error;
    return { offset: error.offset, message: error.message, shown: parser.value };
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What may be missing of the token, member or value at the end of a text. */
const TOKEN_ENDS = ["", "0", '"', 'n"', '0000"', '000"', '00"', '0"', "true", "rue", "ue", "e", "alse", "lse", "se"];
const ENDS = [...TOKEN_ENDS, "ull", "ll", "l"].flatMap((end) => [end, `${end}:0`]).concat('"":0');

/** Whether anything that begins so is JSON. */
function isBeginning(text: string): boolean {
  const closers: string[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]/gsu)) {
    if (token === "[" || token === "{") closers.unshift(token === "[" ? "]" : "}");
    if (token === "]" || token === "}") closers.shift();
  }
  return ENDS.some((end) => isJson(text + end + closers.join("")));
}

/** Found without a parser of ours: the first unit with which nothing that is JSON begins, or the text's end. */
function expectedOffset(text: string): number | undefined {
  if (isJson(text)) return undefined;
  let length = 0;
  while (length < text.length && isBeginning(text.slice(0, length + 1))) length++;
  return length;
}

/** In JSONTestSuite's manner: a text that is no JSON, and the offset of the first unit that makes it so. */
const REFUSED: readonly [string, number][] = [
  ["[1 true]", 3],
  ["[1,]", 3],
  ["[,1]", 1],
  ["[1,,2]", 3],
  ["[,]", 1],
  ["[1", 2],
  ["[1}", 2],
  ["[1:2]", 2],
  ["]", 0],
  ["[]]", 2],
  ["[3[4]]", 2],
  ["[1,2", 4],
  ['["a"', 4],
  ['["a",', 5],
  ["[*]", 1],
  ["[a]", 1],
  ["[fals]", 5],
  ["[nul", 4],
  ["[truee]", 5],
  ["[True]", 1],
  ["[NaN]", 1],
  ["[Infinity]", 1],
  ["[-Infinity]", 2],
  ["[undefined]", 1],
  ["nulll", 4],
  ["[+1]", 1],
  ["[-]", 2],
  ["[--1]", 2],
  ["[- 1]", 2],
  ["[-01]", 3],
  ["[01]", 2],
  ["[00]", 2],
  ["[1.]", 3],
  ["[.5]", 1],
  ["[-.5]", 2],
  ["[1.e1]", 3],
  ["[1.2.3]", 4],
  ["[0e]", 3],
  ["[0e+]", 4],
  ["[1e1.5]", 4],
  ["[1E+-2]", 4],
  ["[1eE2]", 3],
  ["[0x1]", 2],
  ["[1_000]", 2],
  ["[1n]", 2],
  ["[1a]", 2],
  ['[1"a"]', 2],
  ["[1[]]", 2],
  ["[١]", 1],
  ["-", 1],
  ["1.", 2],
  ["01", 1],
  ["1,", 1],
  ["1]", 1],
  ["1 2", 2],
  ["{", 1],
  ["}", 0],
  ["{]", 1],
  ["{,}", 1],
  ['{"a"}', 4],
  ['{"a",1}', 4],
  ['{"a":}', 5],
  ['{"a"::1}', 5],
  ['{"a":1,}', 7],
  ['{"a":1,,"b":2}', 7],
  ['{"a":1 "b":2}', 7],
  ['{"a":1]', 6],
  ['{"a" 1}', 5],
  ['{"a":1}}', 7],
  ['{"a":1}#', 7],
  ["{a:1}", 1],
  ["{'a':1}", 1],
  ["{1:1}", 1],
  ["{null:1}", 1],
  ["{[]:1}", 1],
  ['{"a":"b"', 8],
  ['{"a\u0000":1}', 3],
  ['{"a\\x":1}', 4],
  ["['a']", 1],
  ["[`a`]", 1],
  ['"', 1],
  ['"a', 2],
  ['"a\nb"', 2],
  ['"a\tb"', 2],
  ['"\u0000"', 1],
  ['"\u001f"', 1],
  ['"\\a"', 2],
  ['"\\x41"', 2],
  ['"\\U0041"', 2],
  ['"\\\n"', 2],
  ['"\\\'"', 2],
  ['"\\u"', 3],
  ['"\\u00"', 5],
  ['"\\u12G4"', 5],
  ['"\\u 123"', 3],
  ['"\\u+123"', 3],
  ['"\\u00Z', 5],
  ['"\\u00e`"', 6],
  ['"\\u00e@"', 6],
  ['"\\ud83d\\x"', 8],
  ['"a"b', 3],
  ['"a""b"', 3],
  ["", 0],
  [" ", 1],
  ["\ufeff1", 0],
  ["\u00a01", 0],
  ["\v1", 0],
  ["[\f]", 1],
  ["[\u2028]", 1],
  ["[1]\u0000", 3],
  ["// a\n1", 0],
  ["/* a */1", 0],
  ["[1/* a */]", 2],
  ["[1]// a", 3],
  ["```json\n1```", 0],
  ["<1>", 0],
  ["{}{}", 2],
  ["[][]", 2],
  ["\ud83d\ude00", 0],
];

/** Strange, and JSON all the same. */
const TAKEN = [
  " [] ",
  "\t\r\n {}",
  "-0",
  "[-0.0, -0e-0]",
  "1e400",
  "-1e400",
  "1e-400",
  "1E+05",
  `${"9".repeat(400)}`,
  `0.${"1".repeat(400)}`,
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\ud800"',
  '"\\u0000\\u001F"',
  '"\\/\\b\\f\\n\\r\\t\\"\\\\"',
  '"\u007f\u2028\u2029\ufeff"',
  '{"":{"":[]}}',
  '{"a":1,"a":2}',
  '{"__proto__":null}',
  '{"10":1,"9":2,"a":3}',
  "[[[[[[]]]]]]",
];

describe("PartialJsonParser, of malformed text", () => {
  it.each(REFUSED)("refuses %j at %i", (text, offset) => {
    expect(isJson(text)).toBe(false);
    const whole = read(text);
    expect(whole.offset).toBe(offset);
    expectSame(read(text, text.split("")), whole, "unit by unit");
  });

  it.each(TAKEN)("takes %j", (text) => {
    for (const outcome of [read(text), read(text, text.split(""))]) {
      expectSame(outcome, { offset: undefined, message: undefined, shown: JSON.parse(text) }, text);
    }
  });

  it("refuses what JSON.parse refuses, where no JSON goes on so, and shows what stands before", () => {
    const unit = fc.constantFrom(...'"\\[]{},:-+.0123eEtrufalsn/ \n\u0001\ud83d\ufeffx');
    const edit = fc.record({
      at: fc.nat(),
      removed: fc.integer({ min: 0, max: 3 }),
      added: fc.array(unit, { maxLength: 2 }),
    });
    const edits = fc.array(edit, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(jsonTexts(), edits, ({ text }, changes) => {
        const units = text.slice(0, 80).split("");
        for (const { at, removed, added } of changes) units.splice(at % (units.length + 1), removed, ...added);
        const mutated = units.join("");
        const offset = expectedOffset(mutated);
        const outcome = read(mutated);
        expect(outcome.offset).toBe(offset);
        expectSame(read(mutated, mutated.split("")), outcome, "unit by unit");
        if (offset === undefined) return expectSame(outcome.shown, JSON.parse(mutated), "taken");
        const before = new PartialJsonParser();
        before.push(mutated.slice(0, offset));
        expectSame(outcome.shown, before.value, "refused");
      }),
      { numRuns: 1500 },
    );
  });

  it("refuses garbage like JSON.parse", () => {
    const garbage = fc.array(
      fc.constantFrom("[", "]", "{", "}", ",", ":", '"a"', "1", "-", "true", "nul", " ", '"', "\\u00e9"),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(garbage, (tokens) => {
        const text = tokens.join("");
        expect(read(text, tokens).offset).toBe(expectedOffset(text));
      }),
      { numRuns: 3000 },
    );
  });
});
