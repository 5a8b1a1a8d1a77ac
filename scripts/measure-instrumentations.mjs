// Measures what instrumentations of openai do, each alone: what user code sees of a call, and which spans come of it, over
// a table of operations and outcomes, on both supported majors, against a loopback server.
// Writes docs/measured/instrumentations.json and, made of it, docs/measured/instrumentations.md.
//
// node scripts/measure-instrumentations.mjs [--dist DIR] [--only NAME]
// Ours is measured when it is built (npm run build). --only measures those with NAME in theirs, and keeps the others' results.
import { fork } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { require as requireTypeScript } from "tsx/cjs/api";

import { renderInstrumentations } from "./support/render-instrumentations.mjs";

const LEAVE_MILLIS = 1000;
const ROOT = resolve(import.meta.dirname, "..");
const RESULTS = join(ROOT, "docs/measured/instrumentations.json");
const require = createRequire(import.meta.url);
const { CELLS, judge } = require("../spec/support/instrumentations/cells.cjs");
const { VENDORS, vendorVersion } = require("../spec/support/instrumentations/vendors.cjs");

const { values: options } = parseArgs({ options: { dist: { type: "string" }, only: { type: "string" } } });
const dist = resolve(options.dist ?? join(ROOT, "dist/cjs"));
const { startLlmServer } = requireTypeScript("../spec/support/llm-fixture-server.ts", import.meta.filename);

/**
 * A view of this project in which `openai` is the given major, made of links: instrumentations go by the package's name in
 * the path, which the alias would hide, and import classes of it themselves.
 */
function viewOf(major, work) {
  const view = join(work, `openai-${major}`);
  mkdirSync(join(view, "node_modules"), { recursive: true });
  const link = (from, to) => symlinkSync(join(ROOT, from), join(view, to), "junction");
  for (const folder of ["scripts", "spec"]) link(folder, folder);
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name === "openai") link(`node_modules/${major === 7 ? "openai" : `openai-${major}`}`, "node_modules/openai");
    else if (!name.startsWith(".")) link(`node_modules/${name}`, `node_modules/${name}`);
  }
  symlinkSync(dist, join(view, "dist"), "junction");
  return { view, version: JSON.parse(readFileSync(join(view, "node_modules/openai/package.json"), "utf8")).version };
}

/** Who leaves does so at once; who does not would read an endless stream for ever. */
async function endOf(request) {
  const ending = await Promise.race([request.ended, sleep(LEAVE_MILLIS)]);
  request.cut();
  return ending ?? "still open";
}

/** Runs every cell in a process of its own and answers its questions about the server. */
async function measure(server, view, settings) {
  const child = fork(join(view, "scripts/support/measured-process.cjs"), [JSON.stringify(settings)], {
    execArgv: ["--expose-gc", "--preserve-symlinks", "--preserve-symlinks-main"],
    env: { ...process.env, OTEL_SDK_DISABLED: "", OPENAI_API_KEY: "none" },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((done, fail) => {
    child.once("exit", (code) => fail(new Error(`${settings.instrumentation} ended with ${code} before its results`)));
    child.on("message", async ({ id, question, model, results, failure }) => {
      if (results !== undefined) return done(results);
      if (failure !== undefined) return fail(new Error(failure));
      const request = await server.arrived(model);
      const answer = question === "ended" ? await endOf(request) : undefined;
      if (child.connected) child.send({ id, answer });
    });
  });
}

/** JSON with a line for each result, so that a change of one is a change of one line. */
function toLines(value, depth = 4, indent = "") {
  const isLeaf =
    depth === 0 || typeof value !== "object" || value === null || "userCode" in value || "promise" in value;
  if (isLeaf) return JSON.stringify(value);
  const more = `${indent}  `;
  const lines = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [`${more}${JSON.stringify(key)}: ${toLines(item, depth - 1, more)}`],
  );
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

const instrumentations = [
  { name: "none", short: "none" },
  ...VENDORS.map((vendor) => ({ ...vendor, version: vendorVersion(vendor.name) })),
  ...(existsSync(join(dist, "openai/index.js")) ? [{ name: "spandrel", short: "Spandrel" }] : []),
].filter(({ name }) => name === "none" || options.only === undefined || name.includes(options.only));

const work = mkdtempSync(join(tmpdir(), "spandrel-instrumentations-"));
const server = await startLlmServer();
const measured =
  options.only === undefined
    ? { openai: {}, instrumentations: {}, alone: {}, cells: {} }
    : JSON.parse(readFileSync(RESULTS, "utf8"));
try {
  for (const major of [6, 7]) {
    const { view, version } = viewOf(major, work);
    measured.openai[major] = version;
    let alone;
    for (const { name, short, version: vendor, isContentLogged } of instrumentations) {
      const run = `${short}-${major}`;
      const results = await measure(server, view, { instrumentation: name, url: server.url, run });
      if (name === "none") {
        alone = results;
        for (const cell of CELLS) (measured.alone[cell.name] ??= {})[major] = results[cell.name].seen;
        continue;
      }
      measured.instrumentations[name] = { short, version: vendor, isContentLogged };
      for (const cell of CELLS) {
        const { seen, spans, openAfter } = results[cell.name];
        const userCode = judge(seen, alone[cell.name].seen);
        ((measured.cells[cell.name] ??= {})[name] ??= {})[major] = { userCode, spans, openAfter };
      }
      console.log(`${short} ${vendor ?? ""} on openai ${version}: ${CELLS.length} cells`);
    }
  }
} finally {
  await server.close();
  rmSync(work, { recursive: true, force: true });
}

mkdirSync(join(ROOT, "docs/measured"), { recursive: true });
writeFileSync(RESULTS, `${toLines(measured)}\n`);
writeFileSync(join(ROOT, "docs/measured/instrumentations.md"), renderInstrumentations(measured, CELLS));
