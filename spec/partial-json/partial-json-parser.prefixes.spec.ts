import fc from "fast-check";
import { PartialJsonParser } from "../../lib/partial-json/partial-json-parser.js";
import { expectSame } from "../support/expect-same.js";
import { completePathsOf, jsonTexts, shownOf } from "../support/json-texts.js";
import type { Written } from "../support/json-texts.js";

/** Whether the truth may be reached from what is shown by adding: units to strings, items, members, values for none. */
function isPrefixOf(shown: unknown, truth: unknown): boolean {
  if (shown === undefined) return true;
  if (typeof shown === "string") return typeof truth === "string" && truth.startsWith(shown);
  if (Array.isArray(shown)) return Array.isArray(truth) && shown.every((item, at) => isPrefixOf(item, truth[at]));
  if (typeof shown !== "object" || shown === null) return Object.is(shown, truth);
  if (typeof truth !== "object" || truth === null || Array.isArray(truth)) return false;
  return Object.keys(shown).every(
    (key) => Object.hasOwn(truth, key) && isPrefixOf(Reflect.get(shown, key), Reflect.get(truth, key)),
  );
}

/** The text in pieces as long as the cuts say. */
function* piecesOf(text: string, cuts: readonly number[]): Generator<string> {
  let at = 0;
  for (let index = 0; at < text.length; index++) {
    const end = at + (cuts[index % cuts.length] ?? 1);
    yield text.slice(at, end);
    at = end;
  }
}

const cuts = fc.oneof(fc.constant([1]), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }));

/** Every path of the text, also of values that a repeated key replaces, and some that lead nowhere. */
function pathsOf(node: Written, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const nowhere = [
    [...path, 99],
    [...path, "length"],
    [...path, "0"],
    [...path, 0, 0],
  ];
  if (node.kind === "array") {
    return [path, ...nowhere, ...node.items.flatMap((item, index) => pathsOf(item, [...path, index]))];
  }
  if (node.kind !== "object") return [path, ...nowhere];
  return [path, ...nowhere, ...node.members.flatMap(({ name, value }) => pathsOf(value, [...path, name]))];
}

describe("PartialJsonParser, of any text and after every piece of it", () => {
  it("shows exactly what the text so far says, wherever it is cut", () => {
    fc.assert(
      fc.property(jsonTexts(), cuts, (json, lengths) => {
        const parser = new PartialJsonParser();
        let length = 0;
        for (const piece of piecesOf(json.text, lengths)) {
          parser.push(piece);
          length += piece.length;
          expectSame(parser.value, shownOf(json, length), `after ${length}`);
        }
        expectSame(parser.finish(), JSON.parse(json.text), "finished");
        expectSame(parser.value, shownOf(json, length, true), "finished");
      }),
      { numRuns: 600 },
    );
  });

  it("shows only what the finished value will have", () => {
    fc.assert(
      fc.property(jsonTexts({ isKeyUnique: true }), cuts, ({ text }, lengths) => {
        const truth: unknown = JSON.parse(text);
        const parser = new PartialJsonParser();
        let last: unknown;
        for (const piece of piecesOf(text, lengths)) {
          parser.push(piece);
          expect(isPrefixOf(parser.value, truth)).toBe(true);
          expect(isPrefixOf(last, parser.value)).toBe(true);
          last = structuredClone(parser.value);
        }
        parser.finish();
      }),
      { numRuns: 300 },
    );
  });

  it("finishes with the value, and the order of keys, that JSON.parse has", () => {
    fc.assert(
      fc.property(jsonTexts(), ({ text }) => {
        const parser = new PartialJsonParser();
        parser.push(text);
        const value = parser.finish();
        expectSame(value, JSON.parse(text), "finished");
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  it("says of every path whether it is complete", () => {
    fc.assert(
      fc.property(jsonTexts(), cuts, (json, lengths) => {
        const paths = pathsOf(json.root);
        const parser = new PartialJsonParser();
        const completePaths = () =>
          new Set(paths.filter((path) => parser.isComplete(path)).map((p) => JSON.stringify(p)));
        let length = 0;
        for (const piece of piecesOf(json.text, lengths)) {
          parser.push(piece);
          length += piece.length;
          expect(completePaths()).toEqual(completePathsOf(json, length));
        }
        parser.finish();
        expect(completePaths()).toEqual(completePathsOf(json, length, true));
      }),
      { numRuns: 200 },
    );
  });

  it("never changes a container that was complete", () => {
    fc.assert(
      fc.property(jsonTexts(), ({ text, root }) => {
        const paths = pathsOf(root);
        const parser = new PartialJsonParser();
        const seen = new Map<unknown, string>();
        for (const unit of text.split("")) {
          parser.push(unit);
          for (const path of paths.filter((one) => parser.isComplete(one))) {
            const value = path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), parser.value);
            if (typeof value === "object" && value !== null && !seen.has(value)) seen.set(value, JSON.stringify(value));
          }
        }
        for (const [value, once] of seen) expect(JSON.stringify(value)).toBe(once);
      }),
      { numRuns: 100 },
    );
  });
});
