import { findPackages } from "./find-package.js";
import type { InstrumentName } from "./instrument-names.js";
import { loadModules } from "./load-package.js";
import { describePackage, sayEnabled, saySkipped } from "./say-instrument.js";

/** An instrument that Spandrel brings itself: it patches classes, whichever copy of the library they belong to. */
export interface NativeInstrument {
  readonly name: InstrumentName;
  readonly packageName: string;
  /** Modules that hold the classes: paths inside the package, without extension. */
  readonly modules: readonly string[];
  /** Patches the classes among these module namespaces (both copies, all versions found); returns the undoing. */
  enable(modules: readonly object[]): () => void;
}

/** Enables an instrument on every copy of its library that the program can load. Returns the undoing. */
export function enableNative(instrument: NativeInstrument): (() => void) | undefined {
  const { name, packageName } = instrument;
  const copies = findPackages(packageName);
  if (copies.length === 0) return (saySkipped(name, `${packageName} is not installed`), undefined);
  const loaded = copies.map((copy) => ({ copy, modules: loadModules(copy, instrument.modules) }));
  const traced = loaded.filter(({ modules }) => modules.length > 0);
  for (const { copy, modules } of loaded) {
    if (modules.length === 0) saySkipped(name, `${describePackage(copy)} has none of the modules that are traced`);
  }
  if (traced.length === 0) return undefined;
  const undo = instrument.enable(traced.flatMap(({ modules }) => modules));
  for (const { copy } of traced) sayEnabled(name, `Spandrel's own, for ${describePackage(copy)}`);
  return undo;
}
