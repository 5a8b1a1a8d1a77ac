import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "../..");

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(ROOT, path), "utf8"), ts.ScriptTarget.ES2022, true);
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  node.forEachChild((child) => visit(child, look));
}

/** The options of the interface, with what their doc comments say about them. */
function declaredOptions(): Map<string, string> {
  const options = new Map<string, string>();
  visit(parse("lib/telemetry/telemetry-options.ts"), (node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== "TelemetryOptions") return;
    for (const member of node.members) {
      if (member.name === undefined) throw new Error("a member without a name");
      options.set(member.name.getText(), member.getFullText());
    }
  });
  return options;
}

/** The keys of the list of known options in resolve-options. */
function knownOptions(): string[] {
  const keys: string[] = [];
  visit(parse("lib/telemetry/resolve-options.ts"), (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== "KNOWN") return;
    const list = node.initializer;
    if (list === undefined || !ts.isObjectLiteralExpression(list)) throw new Error("KNOWN is no object literal");
    for (const property of list.properties) keys.push(property.name?.getText() ?? "");
  });
  return keys;
}

/** What `resolveOptions` and the functions it calls read of `options`: `options.key`, and destructured from it. */
function readOptions(): Set<string> {
  const read = new Set<string>();
  visit(parse("lib/telemetry/resolve-options.ts"), (node) => {
    if (ts.isPropertyAccessExpression(node) && node.expression.getText() === "options") read.add(node.name.text);
    if (!ts.isVariableDeclaration(node) || node.initializer?.getText() !== "options") return;
    if (!ts.isObjectBindingPattern(node.name)) return;
    for (const element of node.name.elements) read.add((element.propertyName ?? element.name).getText());
  });
  return read;
}

/** The upper-case words in quotes that name variables, in the order they are read. */
function variablesRead(): string[] {
  const names: string[] = [];
  visit(parse("lib/telemetry/resolve-options.ts"), (node) => {
    if (ts.isStringLiteral(node) && /^[A-Z]+(_[A-Z]+)+$/.test(node.text)) names.push(node.text);
  });
  return names;
}

interface TableRow {
  readonly option: string;
  readonly variables: readonly string[];
  readonly fallback: string;
  readonly meaning: string;
}

/** The table of docs/configuration.md under this heading. */
function documentedOptions(heading: string): TableRow[] {
  const text = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) => {
    const [option = "", variables = "", fallback = "", meaning = ""] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    const names = [...variables.matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => name);
    return { option: option.replaceAll("`", ""), variables: names, fallback, meaning };
  });
}

const EXPLAINED = "Options of `startTelemetry`";

describe("the options of startTelemetry", () => {
  const declared = declaredOptions();

  it("are all known to the check for misspelt ones, and nothing else is", () => {
    expect(knownOptions()).toEqual([...declared.keys()]);
  });

  it("are all read", () => {
    expect([...declared.keys()].filter((key) => !readOptions().has(key))).toEqual([]);
  });

  it("name in their doc comments the variables that are read for them, in the order of precedence", () => {
    const documented = documentedOptions(EXPLAINED);
    for (const { option, variables } of documented) {
      const own = [...(declared.get(option) ?? "").matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name]) => name);
      expect({ option, variables: own }).toEqual({ option, variables });
    }
  });

  it("stand in docs/configuration.md, each with a default and a meaning", () => {
    const documented = documentedOptions(EXPLAINED);
    expect(documented.map(({ option }) => option)).toEqual([...declared.keys()]);
    expect(documented.filter(({ fallback, meaning }) => fallback === "" || meaning === "")).toEqual([]);
  });
});

describe("the environment variables", () => {
  it("stand in docs/configuration.md, every one that is read and no other", () => {
    const inTables = [EXPLAINED, "Variables of other tools"]
      .flatMap(documentedOptions)
      .flatMap(({ option, variables }) => (/^[A-Z_]+$/.test(option) ? [option] : variables));
    // The SDK's own detector reads this one.
    const read = [...variablesRead(), "OTEL_RESOURCE_ATTRIBUTES"];
    expect([...new Set(inTables)].sort()).toEqual([...new Set(read)].sort());
  });
});
