import { codeIn, tablesIn } from "./markdown-table.js";

const PAGE = `# Page

| a | b |
|---|:-:|
| 1 | \`x(y)\`, \`z\` |
|  | - |

## Part

\`\`\`
| no | table |
|----|-------|
| it | is |
\`\`\`

| a |
| - |
| 2 |

Text.
`;

describe("the tables of a document", () => {
  it("are rows of cells by their heads, below their headings, without what is in code fences", () => {
    expect(tablesIn(PAGE)).toEqual([
      { section: "Page", cells: { a: "1", b: "`x(y)`, `z`" } },
      { section: "Page", cells: { a: "", b: "-" } },
      { section: "Part", cells: { a: "2" } },
    ]);
  });

  it("are no tables where a row has other cells than its head", () => {
    expect(() => tablesIn("| a | b |\n|---|---|\n| 1 |\n")).toThrow("a row has other cells than its table: | 1 |");
  });

  it("have code in their cells", () => {
    expect(codeIn("`x(y)`, z and `w`")).toEqual(["x(y)", "w"]);
  });
});
