import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";

import { ROOT, freshFolder } from "./program.js";

const { buildSync }: typeof import("esbuild") = createRequire(require.resolve("tsx"))("esbuild");

/** Installs the package into a fresh folder, both formats compiled from the sources of now and not from a stale dist. */
function installFromSources(): string {
  const folder = freshFolder();
  const installed = join(folder, "node_modules/spandrel");
  const sources = readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  for (const [format, type] of [
    ["cjs", "commonjs"],
    ["esm", "module"],
  ] as const) {
    const outdir = join(installed, "dist", format);
    const entryPoints = sources.map((source) => join(ROOT, "lib", source));
    buildSync({ entryPoints, outdir, outbase: join(ROOT, "lib"), format, target: "es2022", platform: "node" });
    writeFileSync(join(outdir, "package.json"), JSON.stringify({ type }));
  }
  writeFileSync(join(installed, "package.json"), readFileSync(join(ROOT, "package.json")));
  for (const name of ["@opentelemetry", "reflect-metadata"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

let folder = "";
beforeAll(() => (folder = installFromSources()), 60_000);

const PRELUDE = `
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { trace } from "@opentelemetry/api";
import * as esm from "spandrel";
import { InMemorySpanExporter } from "spandrel/exporters";
const require = createRequire(import.meta.url);
const cjs = require("spandrel");
assert.notEqual(esm.traced, cjs.traced);
const exporter = new InMemorySpanExporter();
const drawn = () => exporter.getFinishedSpans().map((span) => {
  const parent = exporter.getFinishedSpans().find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  return parent === undefined ? span.name : parent.name + " > " + span.name;
});
`;

/** Runs a program that has both copies; it prints nothing unless an assertion fails. */
function check(source: string): void {
  const path = join(folder, `check-${String(Math.random()).slice(2)}.mjs`);
  writeFileSync(path, PRELUDE + source);
  execFileSync(process.execPath, [path], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
}

describe.each([
  ["ESM", "CommonJS", "const [one, other] = [esm, cjs];"],
  ["CommonJS", "ESM", "const [one, other] = [cjs, esm];"],
])("telemetry that the %s copy has started", (_one, _other, copies) => {
  it("records decorators of both copies in one trace", () => {
    check(`${copies}
const telemetry = one.startTelemetry({ customExporter: exporter });
const inner = other.traced({ name: "inner" }, () => one.traced("innermost", () => 1)());
one.traced({ name: "outer" }, () => inner())();
await telemetry.flush();
assert.deepEqual(drawn(), ["inner > innermost", "outer > inner", "outer"]);
`);
  });

  it("cannot be started a second time by the other copy, whose errors are of either copy's class", () => {
    check(`${copies}
const telemetry = one.startTelemetry({ customExporter: exporter });
let error;
try { other.startTelemetry(); } catch (caught) { error = caught; }
assert.equal(error.code, "SPANDREL_ALREADY_STARTED");
for (const copy of [one, other]) {
  assert(error instanceof copy.AlreadyStartedError);
  assert(error instanceof copy.SpandrelError);
  assert(!(error instanceof copy.InvalidOptionError));
}
assert(error instanceof Error);
assert.throws(() => other.traced({ kind: "step" }, () => 1), one.InvalidOptionError);
assert.throws(() => other.Task()(class {}), one.DecoratorMisuseError);
assert.throws(() => other.Task()(class {}), TypeError);
assert(!({} instanceof one.SpandrelError));
await telemetry.shutdown();
await other.startTelemetry({ customExporter: exporter }).shutdown();
`);
  });

  it("carries attributes, tags and entity paths from copy to copy", () => {
    check(`${copies}
const debug = new InMemorySpanExporter();
const telemetry = one.startTelemetry({ customExporter: exporter, processors: { debug: { exporter: debug } } });
const inner = other.traced({ name: "inner" }, () => 1);
const outer = one.traced({ name: "outer", processors: "debug" }, () => inner());
other.propagateAttributes({ customerIdentifier: "c-1", metadata: { plan: "pro" } }, () =>
  one.propagateAttributes({ threadIdentifier: "t-1" }, outer));
await telemetry.flush();
assert.deepEqual(exporter.getFinishedSpans(), []);
const [last, first] = debug.getFinishedSpans();
assert.equal(last.attributes["traceloop.entity.path"], "outer.inner");
for (const { attributes } of [first, last]) {
  assert.equal(attributes["user.id"], "c-1");
  assert.equal(attributes["respan.metadata.plan"], "pro");
  assert.equal(attributes["session.id"], "t-1");
  assert.deepEqual(attributes["respan.processors"], ["debug"]);
}
`);
  });

  it("is stopped for both, and says each warning once for both", () => {
    check(`${copies}
const lines = [];
process.stderr.write = (line) => lines.push(line);
const telemetry = one.startTelemetry({ customExporter: exporter });
for (const copy of [one, other]) copy.propagateAttributes({ custmer: "c" }, () => copy.traced("call", () => 1)());
assert.equal(lines.length, 1, lines.join());
await telemetry.shutdown();
assert.equal(other.traced("after", () => trace.getActiveSpan())(), undefined);
assert.equal(exporter.getFinishedSpans().length, 2);
`);
  });
});
