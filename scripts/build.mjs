// Builds dist/cjs and dist/esm with plain tsc and marks each folder's module type.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
rmSync("dist", { recursive: true, force: true });
for (const [format, type] of [
  ["cjs", "commonjs"],
  ["esm", "module"],
]) {
  execFileSync(process.execPath, [tsc, "-p", `tsconfig.${format}.json`], { stdio: "inherit" });
  mkdirSync(`dist/${format}`, { recursive: true });
  writeFileSync(`dist/${format}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`);
}
