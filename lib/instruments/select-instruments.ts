import { InvalidOptionError } from "../errors.js";
import { type InstrumentName, instrumentNames, instrumentOf, isInstrumentName } from "./instrument-names.js";
import { nearNames } from "./near-names.js";

/** The options that choose instruments, as `startTelemetry` takes them. */
export interface InstrumentOptions {
  readonly instruments?: readonly InstrumentName[] | undefined;
  readonly blockInstruments?: readonly InstrumentName[] | undefined;
  readonly isAutoInstrument?: boolean | undefined;
}

/** What is to be enabled. Names that stand for others are resolved. */
export interface InstrumentSelection {
  /** In the order of the table, without `context`. */
  readonly names: readonly InstrumentName[];
  /** Those that were asked for and blocked. */
  readonly blocked: readonly InstrumentName[];
  /** Names that were given and stand for others. */
  readonly aliases: readonly InstrumentName[];
  /** False when `context` is blocked: no context manager, so spans do not nest. */
  readonly isContextEnabled: boolean;
}

/**
 * This chooses the instruments: all of them without `instruments`, otherwise those listed, less the blocked ones, and
 * none with `isAutoInstrument: false`. `context` is chosen unless it is blocked. Throws `InvalidOptionError` for a name
 * that does not exist.
 */
export function selectInstruments(options: InstrumentOptions): InstrumentSelection {
  const listed = checkNames("instruments", options.instruments);
  const refused = checkNames("blockInstruments", options.blockInstruments) ?? [];
  const isOn = options.isAutoInstrument !== false;
  const wanted = new Set(isOn ? resolveAliases(listed ?? instrumentNames()) : []);
  const blocked = new Set(resolveAliases(refused));
  const inOrder = instrumentNames().filter((name) => name !== "context" && wanted.has(name));
  return {
    names: inOrder.filter((name) => !blocked.has(name)),
    blocked: inOrder.filter((name) => blocked.has(name)),
    aliases: [...(listed ?? []), ...refused].filter((name) => instrumentOf(name).sameAs !== undefined),
    isContextEnabled: !blocked.has("context"),
  };
}

function resolveAliases(names: readonly InstrumentName[]): InstrumentName[] {
  return names.flatMap((name) => instrumentOf(name).sameAs?.filter(isInstrumentName) ?? [name]);
}

function checkNames(option: string, names: unknown): InstrumentName[] | undefined {
  if (names === undefined) return undefined;
  if (!Array.isArray(names)) throw new InvalidOptionError(option, "an array of instrument names", names);
  return names.map((name: unknown, at) => {
    if (isInstrumentName(name)) return name;
    throw new InvalidOptionError(`${option}[${String(at)}]`, expectationFor(name), name);
  });
}

function expectationFor(name: unknown): string {
  const near = typeof name === "string" ? nearNames(name, instrumentNames()) : [];
  if (near.length === 0) return `one of ${instrumentNames().join(", ")}`;
  return `the name of an instrument (did you mean ${near.map((one) => `"${one}"`).join(" or ")}?)`;
}
