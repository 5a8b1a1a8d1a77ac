import ts from "typescript";

/** This table says where each folder of `lib/` stands. A folder that is not in it is a violation by itself. */
export interface House {
  readonly floors: Readonly<Record<string, Place>>;
  /** Imports that the floors forbid and the house needs; one that nobody uses is a violation too. */
  readonly exceptions: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
  /** Packages by the folders that may import their values. A package that is not here is a violation. */
  readonly packages: readonly PackageRule[];
  readonly ambient: readonly AmbientRule[];
}

export interface Place {
  readonly floor: number;
  /** `both` stands under the two halves (floor 0) or above them (floors 4 and 5). */
  readonly half: "facade" | "backend" | "both";
}

export interface PackageRule {
  readonly name: string;
  /** Folders that may import values; `*` is every folder. */
  readonly values: readonly string[];
  /** Folders that may import types. Those that may import values may import types too. */
  readonly types: readonly string[];
}

/** This rule keeps an ambient object (`console`, `process.env`) inside the folders that are named. */
export interface AmbientRule {
  readonly expression: string;
  readonly folders: readonly string[];
}

export interface Violation {
  readonly file: string;
  readonly law: "floor" | "door" | "cycle" | "package" | "ambient" | "default-export" | "file-name" | "exception";
  readonly detail: string;
}

interface Import {
  readonly specifier: string;
  readonly isType: boolean;
}

interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly ambient: ReadonlySet<string>;
  readonly hasDefaultExport: boolean;
}

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** The folder (or floor-0 file) of `lib/` that a path such as `span/open-span.ts` belongs to. */
function homeOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

/** True where an identifier is read as a variable, not where it names a member. */
function isFreeName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  return !("name" in parent && parent.name === node) || ts.isShorthandPropertyAssignment(parent);
}

function parseModule(path: string, text: string, ambientExpressions: readonly string[]): Module {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const ambient = new Set<string>();
  let hasDefaultExport = false;
  const add = (specifier: ts.Node | undefined, isType: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier))
      imports.push({ specifier: specifier.text, isType });
  };
  const onlyTypes = (names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean =>
    names !== undefined &&
    (ts.isNamedImports(names) || ts.isNamedExports(names)) &&
    names.elements.length > 0 &&
    names.elements.every((element) => element.isTypeOnly);

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const isType = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      add(node.moduleSpecifier, isType || (clause?.name === undefined && onlyTypes(clause?.namedBindings)));
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly || onlyTypes(node.exportClause));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node.moduleReference.expression, node.isTypeOnly);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const isRequire = ts.isIdentifier(callee) && callee.text === "require";
      if (isRequire || callee.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    } else if (ts.isExportAssignment(node)) {
      hasDefaultExport = true;
    } else if (ts.isExportSpecifier(node) && node.name.text === "default") {
      hasDefaultExport = true;
    } else if (node.kind === ts.SyntaxKind.DefaultKeyword) {
      hasDefaultExport = true;
    } else if (ts.isIdentifier(node) && isFreeName(node) && ambientExpressions.includes(node.text)) {
      ambient.add(node.text);
    }
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const member = ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression;
      const name = ts.isIdentifier(member) || ts.isStringLiteralLike(member) ? member.text : "?";
      const chain = `${node.expression.getText(source).replace(/^globalThis\./, "")}.${name}`;
      for (const expression of ambientExpressions) {
        if (chain === expression || chain.startsWith(`${expression}.`)) ambient.add(expression);
      }
    } else if (
      ts.isVariableDeclaration(node) &&
      node.initializer !== undefined &&
      ts.isObjectBindingPattern(node.name)
    ) {
      for (const element of node.name.elements) {
        const name = (element.propertyName ?? element.name).getText(source);
        const chain = `${node.initializer.getText(source).replace(/^globalThis\./, "")}.${name}`;
        for (const expression of ambientExpressions) if (chain === expression) ambient.add(expression);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, ambient, hasDefaultExport };
}

/** `./x.js` as seen from `dir/file.ts`, as a path of the file list; undefined when no such file is in it. */
function resolveRelative(from: string, specifier: string, files: ReadonlyMap<string, Module>): string | undefined {
  const base = new URL(specifier, `file:///${from}`).pathname.slice(1);
  const candidates = [base.replace(/\.js$/, ".ts"), `${base}.ts`, `${base}/index.ts`, base];
  return candidates.find((candidate) => files.has(candidate));
}

function packageName(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

const covers = (folders: readonly string[], home: string): boolean => folders.includes("*") || folders.includes(home);

function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      cycles.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const next of edges.get(file) ?? []) walk(next);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) walk(file);
  return cycles;
}

/**
 * This reads a list of sources (path inside `lib/` → text) and returns every breach of the house's laws, in file
 * order. It touches no disk, so that a spec can plant a breach.
 */
export function findViolations(sources: ReadonlyMap<string, string>, house: House): Violation[] {
  const violations: Violation[] = [];
  const ambientExpressions = house.ambient.map((rule) => rule.expression);
  const modules = new Map([...sources].map(([path, text]) => [path, parseModule(path, text, ambientExpressions)]));
  const valueEdges = new Map<string, string[]>();
  const usedExceptions = new Set<string>();

  for (const module of modules.values()) {
    const file = module.path;
    const home = homeOf(file);
    const place = house.floors[home];
    const breach = (law: Violation["law"], detail: string): void => void violations.push({ file, law, detail });
    if (place === undefined) breach("floor", `${home} stands on no floor`);
    if (!file.split("/").every((part) => KEBAB.test(part.replace(/\.ts$/, "")))) breach("file-name", "not kebab-case");
    if (module.hasDefaultExport) breach("default-export", "has a default export");
    for (const rule of house.ambient) {
      if (module.ambient.has(rule.expression) && !covers(rule.folders, home)) breach("ambient", rule.expression);
    }

    const targets: string[] = [];
    valueEdges.set(file, targets);
    for (const { specifier, isType } of module.imports) {
      if (!specifier.startsWith(".")) {
        const name = packageName(specifier);
        const rule = house.packages.find(
          (one) => one.name === name || (one.name === "node:*" && name.startsWith("node:")),
        );
        if (rule === undefined) breach("package", `imports ${name}, which no folder may`);
        else if (!covers(rule.values, home) && !(isType && covers(rule.types, home))) {
          breach("package", `imports ${isType ? "types" : "values"} of ${name}`);
        }
        continue;
      }
      const target = resolveRelative(file, specifier, modules);
      if (target === undefined) {
        breach("door", `imports ${specifier}, which is no file of lib`);
        continue;
      }
      if (!isType) targets.push(target);
      const targetHome = homeOf(target);
      if (targetHome === home) continue;
      if (target.includes("/") && target !== `${targetHome}/index.ts`) {
        breach("door", `enters ${target} past ${targetHome}/index.ts`);
      }
      const targetPlace = house.floors[targetHome];
      if (place === undefined || targetPlace === undefined) continue;
      const down = targetPlace.floor < place.floor;
      const ownHalf = place.half === "both" || targetPlace.half === "both" || place.half === targetPlace.half;
      if (down && ownHalf) continue;
      const exception = house.exceptions.find((one) => one.from === home && one.to === targetHome);
      if (exception !== undefined) usedExceptions.add(`${home} ${targetHome}`);
      else if (!down) breach("floor", `floor ${place.floor} imports ${targetHome} on floor ${targetPlace.floor}`);
      else breach("floor", `the ${place.half} imports ${targetHome} of the ${targetPlace.half}`);
    }
  }

  for (const cycle of findCycles(valueEdges)) {
    violations.push({ file: cycle[0] ?? "", law: "cycle", detail: cycle.join(" -> ") });
  }
  for (const { from, to } of house.exceptions) {
    if (!usedExceptions.has(`${from} ${to}`)) {
      violations.push({ file: from, law: "exception", detail: `the exception for ${to} is used by nobody` });
    }
  }
  return violations;
}

/** The packages whose values or types the sources import, `node:` modules left out. */
export function importedPackages(sources: ReadonlyMap<string, string>): Map<string, "value" | "type"> {
  const found = new Map<string, "value" | "type">();
  for (const [path, text] of sources) {
    for (const { specifier, isType } of parseModule(path, text, []).imports) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const name = packageName(specifier);
      if (!isType || !found.has(name)) found.set(name, isType ? "type" : "value");
    }
  }
  return found;
}
