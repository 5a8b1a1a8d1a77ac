// Runs the packed package's programs, compiled once, under every supported Node release line.
// Needs dist (npm run build). The Node builds come from packages of the registry, into the tool cache.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { Checklist, expectText } from "./support/checklist.mjs";
import { CLIENTS, EXTRACTION, makeProject, makeWorkFolder, packPackage } from "./support/packed-package.mjs";
import { run } from "./support/run.mjs";
import { nodeExecutable } from "./support/tools.mjs";

const FIXTURES = resolve(import.meta.dirname, "../spec/packaging/fixtures");
const TSC = resolve(import.meta.dirname, "../node_modules/typescript/bin/tsc");
const LINES = ["22", "24", "26"];
const PROGRAMS = [
  { name: "ESM", type: "module", fixture: "program", entry: "main.js" },
  { name: "CommonJS", type: "commonjs", fixture: "program", entry: "main.js" },
  { name: "#private methods", type: "module", fixture: "stage3", entry: "private.js" },
  { name: "both copies", type: "module", fixture: "both", entry: "main.mjs" },
  { name: "delivery", type: "module", fixture: "delivery-esm", entry: "main.mjs" },
  ...CLIENTS.map((packages) => ({
    name: `clients, ${packages.join(", ")}`,
    type: "module",
    fixture: "clients-esm",
    entry: "main.mjs",
    packages,
  })),
  ...EXTRACTION.map((packages, at) => ({
    name: `extraction, ${packages.join(", ")}`,
    type: at === 0 ? "module" : "commonjs",
    fixture: "extraction",
    entry: "main.js",
    packages,
  })),
];

const checklist = new Checklist();
const work = makeWorkFolder();
const { tarball } = packPackage(work);

for (const [at, program] of PROGRAMS.entries()) {
  program.folder = join(work, `program-${at}`);
  makeProject({
    folder: program.folder,
    fixture: join(FIXTURES, program.fixture),
    manifest: { type: program.type },
    tarball,
    packages: ["@opentelemetry/api@~1.9.1", "@types/node@^20.19.0", ...(program.packages ?? [])],
  });
  if (program.entry.endsWith(".mjs")) continue;
  const options = ["--target", "es2022", "--module", "nodenext", "--types", "node", "--strict"];
  run(process.execPath, [TSC, ...options, program.entry.replace(/\.js$/, ".ts")], { cwd: program.folder });
}

for (const line of LINES) {
  const node = await checklist.check(`Node ${line} is installed`, () => nodeExecutable(line));
  if (node === undefined) continue;
  const version = run(node, ["--version"]).trim();
  for (const program of PROGRAMS) {
    await checklist.check(`Node ${version}: ${program.name}`, () => {
      const printed = run(node, [program.entry], { cwd: program.folder });
      const expected = readFileSync(join(FIXTURES, program.fixture, "expected.txt"), "utf8");
      expectText("what the program prints", printed, expected);
    });
  }
}

checklist.finish();
