import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

/** One row of a table of a document. */
export interface TableRow {
  /** The heading that the table stands under. */
  readonly section: string;
  /** The cells by the heads of their columns. */
  readonly cells: Readonly<Record<string, string>>;
}

/** The rows of all tables of a document (its path from the root). Throws where a row has other cells than its table. */
export function readTables(file: string): TableRow[] {
  return tablesIn(readFileSync(resolve(ROOT, file), "utf8"));
}

/** The rows of all tables of a text. What is in code fences is no table. */
export function tablesIn(text: string): TableRow[] {
  const lines = text.replaceAll(/^```[^]*?^```$/gm, "").split("\n");
  const rows: TableRow[] = [];
  let section = "";
  let heads: readonly string[] | undefined;
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("#")) section = line.replace(/^#+ /, "");
    if (!line.startsWith("|")) heads = undefined;
    else if (heads === undefined) heads = cellsOf(line);
    // The second line of a table is what makes it one.
    else if (lines[at - 2]?.startsWith("|") === true) {
      const cells = cellsOf(line);
      if (cells.length !== heads.length) throw new Error(`a row has other cells than its table: ${line}`);
      rows.push({ section, cells: Object.fromEntries(heads.map((head, column) => [head, cells[column] ?? ""])) });
    }
  }
  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf("|"))
    .split("|")
    .map((cell) => cell.trim());
}

/** What stands in backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}
