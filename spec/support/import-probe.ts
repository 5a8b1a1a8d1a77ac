import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compileSources } from "./compile-sources.js";

/**
 * This script runs in a plain Node process: it requires every module and reports what that did to the process.
 * `env` reads and async resources count only with a module of ours on the stack, not those of a dependency.
 */
const PROBE = `
const { createHook } = require("node:async_hooks");
const { relative } = require("node:path");
const [root, ...files] = JSON.parse(process.argv[2]);
const found = [];
let current = "";
const report = (effect) => found.push({ file: current, effect });
Error.stackTraceLimit = 100;
const isOurs = (frame) => frame !== undefined && frame.includes(root) && !frame.includes("node_modules");
const frames = () => new Error().stack.split("\\n").slice(2).filter((line) => !line.includes(__filename));
const isRead = () => isOurs(frames()[0]);
const isStarted = () => isOurs(frames().find((line) => !line.includes("node:")));
const env = process.env;
process.env = new Proxy(env, {
  get: (target, key) => (isRead() && report("reads process.env." + String(key)), Reflect.get(target, key)),
  has: (target, key) => (isRead() && report("reads process.env." + String(key)), Reflect.has(target, key)),
  ownKeys: (target) => (isRead() && report("lists process.env"), Reflect.ownKeys(target)),
});
const hook = createHook({ init: (id, type) => isStarted() && report("starts a " + type) });
const symbolOf = (key) => (typeof key === "symbol" ? key.toString() : key);
const watched = { globalThis, Reflect, process, console, Object, "Object.prototype": Object.prototype,
  "Function.prototype": Function.prototype, "Array.prototype": Array.prototype, "Error": Error, Symbol,
  "Promise.prototype": Promise.prototype, "process.stdout": process.stdout, "process.stderr": process.stderr };
const api = Symbol.for("opentelemetry.js.api.1");
const snapshot = () => {
  const facts = new Map();
  for (const [name, object] of Object.entries(watched)) {
    for (const key of Reflect.ownKeys(object)) {
      if (key === api || key === "_events" || key === "_eventsCount" || (name === "process.stderr" && key === "_writableState")) continue;
      const property = Reflect.getOwnPropertyDescriptor(object, key);
      facts.set(name + "." + symbolOf(key), "value" in property ? property.value : property.get);
    }
  }
  for (const event of process.eventNames()) facts.set("process.on(" + symbolOf(event) + ")", process.listenerCount(event));
  for (const part of ["trace", "context", "propagation", "metrics", "diag"]) {
    if (globalThis[api]?.[part]) facts.set("OpenTelemetry API " + part, globalThis[api][part]);
  }
  return facts;
};
// Node makes some of its own globals on first touch.
for (const name of Object.getOwnPropertyNames(globalThis)) void globalThis[name];
void process.stdout; void process.stderr;
hook.enable();
for (const file of files) {
  current = relative(root, file);
  const before = snapshot();
  try { require(file); } catch (error) { report("fails to load: " + String(error).split("\\n")[0]); }
  const after = snapshot();
  for (const [fact, value] of after) {
    if (!before.has(fact)) report("adds " + fact);
    else if (!Object.is(before.get(fact), value)) report("changes " + fact);
  }
  for (const fact of before.keys()) if (!after.has(fact)) report("removes " + fact);
}
hook.disable();
require("node:fs").writeSync(1, JSON.stringify(found));
process.exit(0);
`;

/** One thing that importing a module did to the process, with the module as a path inside `lib/`. */
export interface ImportEffect {
  readonly file: string;
  readonly effect: string;
}

/**
 * This compiles the sources (path inside `lib/` → text) to CommonJS in a temporary folder, imports each in one fresh
 * Node process and returns what that did: globals, environment reads, listeners, timers, other async resources.
 */
export function probeImports(sources: ReadonlyMap<string, string>): ImportEffect[] {
  const root = mkdtempSync(join(tmpdir(), "spandrel-imports-"));
  try {
    symlinkSync(resolve("node_modules"), join(root, "node_modules"), "junction");
    writeFileSync(join(root, "probe.js"), PROBE);
    const files = compileSources(sources, join(root, "lib"), "cjs");
    const output = execFileSync(
      process.execPath,
      [join(root, "probe.js"), JSON.stringify([join(root, "lib"), ...files])],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    const effects: unknown = JSON.parse(output);
    return Array.isArray(effects) ? (effects as ImportEffect[]) : [];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
