import fc from "fast-check";
import { MarkSearch } from "../../lib/redaction/mark-search";

const MARKS = /ab_|b_|long_ab_|x__/g;

function findAll(search: MarkSearch, text: string): [number, number][] {
  const found: [number, number][] = [];
  for (let at = search.find(text, 0); at >= 0; at = search.find(text, search.end)) found.push([at, search.end]);
  return found;
}

describe("a search for marks", () => {
  it("finds by the anchor what the expression alone finds, in texts with few and with many anchors", () => {
    const piece = fc.constantFrom("a", "b", "x", "_", "ab_", "long_ab_", "x__", "_".repeat(20), "-".repeat(200));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const found = findAll(new MarkSearch(MARKS, [], "_"), text);
        expect(found).toEqual(findAll(new MarkSearch(MARKS, []), text));
        expect(found).toEqual([...text.matchAll(MARKS)].map(({ 0: mark, index }) => [index, index + mark.length]));
      }),
      { numRuns: 500 },
    );
  });

  it("does not begin before the place it is given", () => {
    const search = new MarkSearch(MARKS, [], "_");
    expect([search.find("ab_", 1), search.end]).toEqual([1, 3]);
    expect(search.find("ab_", 2)).toBe(-1);
  });
});
