import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

export const ROOT = resolve(__dirname, "../..");
/** The document as it stands. */
export const document = readFileSync(join(ROOT, "docs/testing.md"), "utf8");

/** The example of this test runner. */
export function exampleOf(runner: string): string {
  const found = [...document.matchAll(new RegExp(`\`\`\`ts ${runner}\n([\\s\\S]*?)\`\`\``, "g"))];
  if (found.length !== 1) throw new Error(`docs/testing.md has ${found.length} examples for ${runner}`);
  return found[0]?.[1] ?? "";
}

/** Runs an example as a part of this file: what it registers are tests of this file. */
export function runHere(code: string): void {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const modules: Readonly<Record<string, () => unknown>> = {
    spandrel: () => jest.requireActual("../../lib/index.js"),
    "spandrel/testing": () => jest.requireActual("../../lib/testing/index.js"),
    "spandrel/testing/jest": () => jest.requireActual("../../lib/testing/jest.js"),
    // With the real one the example runs in scripts/package-journeys.mjs: Vitest cannot be loaded here.
    vitest: () => ({ afterAll, beforeEach, expect, it }),
  };
  new Function("require", "exports", outputText)((name: string) => modules[name]?.(), {});
}
