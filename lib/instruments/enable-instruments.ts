import type { TracerProvider } from "@opentelemetry/api";
import { contain, log } from "../internal/index.js";
import { enableForeign } from "./enable-foreign.js";
import { type NativeInstrument, enableNative } from "./enable-native.js";
import { type InstrumentName, instrumentOf } from "./instrument-names.js";
import { saySkipped } from "./say-instrument.js";
import type { InstrumentSelection } from "./select-instruments.js";
import { warnOfKnownBad } from "./warn-of-known-bad.js";

/** What instruments are connected to. */
export interface InstrumentHost {
  readonly tracerProvider: TracerProvider;
}

/**
 * This enables the chosen instruments: ours for the libraries we trace ourselves, otherwise the instrumentation package
 * that the program has installed. What is missing is skipped, each with a line at debug level. It never throws; the
 * function returned disables them all.
 */
export function enableInstruments(
  selection: InstrumentSelection,
  { tracerProvider }: InstrumentHost,
  natives: readonly NativeInstrument[],
): () => void {
  for (const name of selection.aliases) sayAlias(name);
  for (const name of selection.blocked) saySkipped(name, "it is blocked");
  const undos = new Map<InstrumentName, () => void>();
  for (const name of selection.names) {
    contained(`enabling the instrument ${name}`, () => {
      const undo = enableInstrument(name, tracerProvider, natives);
      if (undo !== undefined) undos.set(name, undo);
    });
  }
  contained("looking for instrumentations that break programs", warnOfKnownBad);
  return () => {
    for (const [name, undo] of undos) contained(`disabling the instrument ${name}`, undo);
    undos.clear();
  };
}

function enableInstrument(
  name: InstrumentName,
  provider: TracerProvider,
  natives: readonly NativeInstrument[],
): (() => void) | undefined {
  const native = natives.find((one) => one.name === name);
  if (native !== undefined) return enableNative(native);
  if (instrumentOf(name).isNative) return saySkipped(name, "Spandrel's own instrument is not there");
  return enableForeign(name, provider);
}

function contained(what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    contain("SPANDREL_INSTRUMENT_FAILED", what, error);
  }
}

function sayAlias(name: InstrumentName): void {
  const { sameAs = [] } = instrumentOf(name);
  log.debug("SPANDREL_INSTRUMENT_ALIAS", `instrument ${name} is another name for ${sameAs.join(" and ")}`, name);
}
