import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

// The compiler that comes with tsx does it in less time than loading TypeScript takes.
const { buildSync }: typeof import("esbuild") = createRequire(require.resolve("tsx"))("esbuild");

/** Compiles TypeScript sources (path → text) into a folder, which then says what format they are in; returns the files. */
export function compileSources(sources: ReadonlyMap<string, string>, folder: string, format: "cjs" | "esm"): string[] {
  const inputs = [...sources].map(([path, text]) => {
    const input = join(folder, path);
    mkdirSync(dirname(input), { recursive: true });
    writeFileSync(input, text);
    return input;
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: format === "cjs" ? "commonjs" : "module" }));
  buildSync({
    entryPoints: inputs,
    outdir: folder,
    outbase: folder,
    format,
    platform: "node",
    target: "es2022",
    logLevel: "error",
  });
  for (const input of inputs) rmSync(input);
  return inputs.map((input) => input.replace(/\.ts$/, ".js"));
}
