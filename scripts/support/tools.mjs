// Compilers and Node versions that only checks need: each in a folder of its own, so that none of their commands
// shadows the project's (an alias of typescript in devDependencies would take over `tsc`).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { run } from "./run.mjs";

const CACHE = resolve(import.meta.dirname, "../../node_modules/.cache/spandrel-tools");

/** Installs `name@version` once per checkout and returns the folder of the installed package. */
export function installTool(spec) {
  const name = spec.slice(0, spec.lastIndexOf("@"));
  const folder = join(CACHE, spec.replace(/[^a-z0-9.@-]/gi, "+"));
  const marker = join(folder, "installed");
  if (!existsSync(marker)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    run(
      "npm",
      ["install", "--prefix", folder, "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", spec],
      {
        cwd: folder,
      },
    );
    writeFileSync(marker, `${spec}\n`);
  }
  return join(folder, "node_modules", name);
}

/** The script behind a tool's command, to be run with `node`. */
export function toolCommand(spec, command) {
  const folder = installTool(spec);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[command]);
}

/** The executable of a Node release line, such as `22`. */
export function nodeExecutable(line) {
  const system = process.platform === "win32" ? "win" : process.platform;
  const folder = installTool(`node-${system}-${process.arch}@${line}`);
  return join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
}
