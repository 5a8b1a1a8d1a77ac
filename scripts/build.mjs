// Builds dist/cjs and dist/esm with plain tsc and marks each folder's module type. The old dist stays until both are
// complete, so a failed build breaks nobody. One module is imported for what it does: it registers matchers.
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const next = `node_modules/.cache/spandrel-build-${process.pid}`;
process.on("exit", () => rmSync(next, { recursive: true, force: true }));
for (const [format, type] of [
  ["cjs", "commonjs"],
  ["esm", "module"],
]) {
  const outDir = `${next}/${format}`;
  const { status } = spawnSync(process.execPath, [tsc, "-p", `tsconfig.${format}.json`, "--outDir", outDir], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(`${outDir}/package.json`, `${JSON.stringify({ type, sideEffects: ["./testing/jest.js"] })}\n`);
}
rmSync("dist", { recursive: true, force: true });
renameSync(next, "dist");
