import type { TracerProvider } from "@opentelemetry/api";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { contain, sharedSlot } from "../internal/index.js";
import { type InstalledPackage, findPackages } from "./find-package.js";
import { type Instrument, type InstrumentName, instrumentOf } from "./instrument-names.js";
import { isLoaded, loadMain } from "./load-package.js";
import { describePackage, sayEnabled, saySkipped } from "./say-instrument.js";

/** The part of OpenTelemetry's `Instrumentation` that is used here. */
interface Instrumentation {
  setTracerProvider(provider: TracerProvider): void;
  getConfig?(): { readonly enabled?: boolean };
  enable(): void;
  disable(): void;
}

/**
 * The instrumentations that were constructed, by folder. A second one of the same package would never see a library
 * that is loaded by then, so they are kept and enabled again.
 */
const constructed = sharedSlot("instrumentations", () => new Map<string, readonly Instrumentation[]>());

/** Enables the installed instrumentation package of this name, if there is one and it has work. Returns the undoing. */
export function enableForeign(name: InstrumentName, provider: TracerProvider): (() => void) | undefined {
  const instrument = instrumentOf(name);
  const obstacle = obstacleTo(instrument);
  if (obstacle !== undefined) return saySkipped(name, obstacle);
  for (const candidate of instrument.packages ?? []) {
    const [installed] = findPackages(candidate);
    if (installed === undefined) continue;
    if (isLoaded(installed) && !constructed.has(installed.folder)) {
      // Nothing tells whether it was constructed too, but whoever loads it means to.
      return saySkipped(name, `${describePackage(installed)} is loaded already, so the program registers it itself`);
    }
    const undo = enablePackage(name, installed, provider);
    if (undo !== undefined) return undo;
  }
  return undefined;
}

/** Why nothing can be enabled, in words; undefined when something can. */
function obstacleTo({ packages = [], libraries }: Instrument): string | undefined {
  if (packages.length === 0) return "no instrumentation package exists for JavaScript";
  if (!packages.some((candidate) => findPackages(candidate).length > 0)) {
    return `${packages.join(" or ")} is not installed`;
  }
  if (libraries === undefined || libraries.some((library) => findPackages(library).length > 0)) return undefined;
  return `${libraries.join(" or ")} is not installed`;
}

function enablePackage(
  name: InstrumentName,
  installed: InstalledPackage,
  provider: TracerProvider,
): (() => void) | undefined {
  const instrument = instrumentOf(name);
  const isAgain = constructed.has(installed.folder);
  // What is loaded before a kept one comes back was loaded while it watched.
  const late = isAgain ? [] : loadedLibraries(instrument);
  const instrumentations = instrumentationsOf(installed);
  if (instrumentations === undefined) return saySkipped(name, `${describePackage(installed)} could not be loaded`);
  if (instrumentations.length === 0) return saySkipped(name, `${describePackage(installed)} has no instrumentation`);
  for (const one of instrumentations) {
    one.setTracerProvider(provider);
    // Constructing enables, unless the package's own default says otherwise; a kept one was disabled.
    if (isAgain || one.getConfig?.().enabled === false) one.enable();
  }
  touchBuiltins(instrument);
  const remark = late.length === 0 ? "" : `; ${late.join(", ")} was loaded before, so only later loads are traced`;
  sayEnabled(name, `${describePackage(installed)}${remark}`);
  return () => {
    for (const one of instrumentations) disable(name, one);
    if (instrument.builtins !== undefined) syncBuiltinESMExports();
  };
}

function instrumentationsOf(installed: InstalledPackage): readonly Instrumentation[] | undefined {
  const kept = constructed.get(installed.folder);
  if (kept !== undefined) return kept;
  // Noted before it can fail: what is loaded from here on was not loaded by the program.
  constructed.set(installed.folder, []);
  const main = loadMain(installed);
  if (main === undefined) return undefined;
  const instrumentations = constructAll(main);
  constructed.set(installed.folder, instrumentations);
  return instrumentations;
}

function disable(name: InstrumentName, instrumentation: Instrumentation): void {
  try {
    instrumentation.disable();
  } catch (error) {
    contain("SPANDREL_INSTRUMENT_FAILED", `disabling the instrument ${name}`, error);
  }
}

/** Constructs each class that the module exports as `…Instrumentation`, once under however many names. */
function constructAll(module: object): Instrumentation[] {
  const classes = new Set<InstrumentationClass>();
  for (const [name, value] of [["", module], ...Object.entries(module)] as [string, unknown][]) {
    if (!isInstrumentationClass(value)) continue;
    if ([name, value.name].some((one) => one.endsWith("Instrumentation"))) classes.add(value);
  }
  return [...classes].map((one) => new one());
}

type InstrumentationClass = new () => Instrumentation;

function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  if (typeof value !== "function") return false;
  const prototype = Object(value.prototype) as object;
  return ["setTracerProvider", "enable", "disable"].every((method) => {
    return typeof Reflect.get(prototype, method) === "function";
  });
}

/** Instrumentations of Node's own modules patch at the next `require`; an ES module program has none. */
function touchBuiltins({ builtins = [] }: Instrument): void {
  if (builtins.length === 0) return;
  const require = createRequire(join(process.cwd(), "noop.js"));
  for (const builtin of builtins) require(builtin);
  syncBuiltinESMExports();
}

function loadedLibraries({ libraries = [] }: Instrument): string[] {
  return libraries
    .flatMap((library) => findPackages(library))
    .filter(isLoaded)
    .map(describePackage);
}
