// Compiles the programs of spec/types against dist (npm run build) with several TypeScripts, in both decorator modes.
// A comment `// error: TEXT` says that the next line must be an error whose message contains TEXT; `error(stage3)` and
// `error(legacy)` say it for one mode. Every other error is a failure. `x.stage3.ts` and `x.legacy.ts` are compiled in
// that mode only.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { Checklist, expectNone } from "./support/checklist.mjs";
import { CommandFailed, run } from "./support/run.mjs";
import { toolCommand } from "./support/tools.mjs";

const PROGRAMS = resolve("spec/types");
const TYPESCRIPTS = ["5.4.5", "6.0.3", "7.0.2"];
const MODES = ["stage3", "legacy"];

/** What the programs say must be wrong, as `file:line` → the texts. */
function expectations(files, mode) {
  const expected = new Map();
  for (const file of files) {
    const lines = readFileSync(file, "utf8").split("\n");
    let texts = [];
    for (const [at, line] of lines.entries()) {
      const [, only, text] = /^\s*\/\/ error(?:\((stage3|legacy)\))?: (.+)$/.exec(line) ?? [];
      if (text !== undefined) {
        if (only === undefined || only === mode) texts.push(text.trim());
      } else if (texts.length > 0) {
        expected.set(`${relative(".", file)}:${at + 1}`, texts);
        texts = [];
      }
    }
  }
  return expected;
}

/** What the compiler says is wrong, as `file:line` → the messages, each with its indented lines. */
function diagnostics(version, mode, files) {
  const config = resolve(`node_modules/.cache/tsconfig.types.${mode}.${version}.json`);
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
    experimentalDecorators: mode === "legacy",
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  let output;
  try {
    output = run(process.execPath, [toolCommand(`typescript@${version}`, "tsc"), "--pretty", "false", "-p", config]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    output = error.message.slice(error.message.indexOf("\n") + 1);
  } finally {
    rmSync(config, { force: true });
  }
  const found = new Map();
  let current;
  for (const line of output.split("\n")) {
    const [, file, number] = /^(.+?)\((\d+),\d+\): error /.exec(line) ?? [];
    if (file !== undefined) {
      current = `${relative(".", resolve(file))}:${number}`;
      found.set(current, `${found.get(current) ?? ""}${line}\n`);
    } else if (/^error /.test(line)) {
      found.set("the compiler", `${found.get("the compiler") ?? ""}${line}\n`);
    } else if (current !== undefined) {
      found.set(current, `${found.get(current)}${line}\n`);
    }
  }
  return found;
}

const checklist = new Checklist();
if (!existsSync("dist/cjs/index.d.ts")) throw new Error("dist is missing: npm run build");
mkdirSync(PROGRAMS, { recursive: true });
mkdirSync("node_modules/.cache", { recursive: true });
const all = readdirSync(PROGRAMS, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.[cm]?ts$/.test(file))
  .map((file) => join(PROGRAMS, file))
  .sort();

for (const version of TYPESCRIPTS) {
  for (const mode of MODES) {
    const other = MODES.filter((one) => one !== mode).map((one) => `.${one}.`);
    const files = all.filter((file) => !other.some((mark) => file.includes(mark)));
    await checklist.check(`typescript ${version}, ${mode}: ${files.length} programs`, () => {
      if (files.length === 0) throw new Error("spec/types holds no program");
      const expected = expectations(files, mode);
      const found = diagnostics(version, mode, files);
      const faults = [];
      for (const [place, message] of found) {
        const texts = expected.get(place);
        if (texts === undefined) faults.push(`${place}: not expected: ${message}`);
        else if (!texts.every((text) => message.includes(text))) {
          faults.push(`${place}: expected ${texts.join(" and ")}, got ${message}`);
        }
      }
      for (const place of expected.keys()) if (!found.has(place)) faults.push(`${place}: expected an error, got none`);
      expectNone("type errors", faults);
    });
  }
}
checklist.finish();
