import { log } from "../internal/index.js";
import type { InstalledPackage } from "./find-package.js";
import type { InstrumentName } from "./instrument-names.js";

/** Says at debug level by what an instrument is traced. */
export function sayEnabled(name: InstrumentName, by: string): void {
  log.debug("SPANDREL_INSTRUMENT_ENABLED", `instrument ${name} is enabled: ${by}`, `${name} ${by}`);
}

/** Says at debug level why an instrument is not traced. */
export function saySkipped(name: InstrumentName, why: string): undefined {
  log.debug("SPANDREL_INSTRUMENT_SKIPPED", `instrument ${name} is skipped: ${why}`, name);
}

/** `name@version`, as messages show it. */
export function describePackage({ name, version }: InstalledPackage): string {
  return `${name}@${version}`;
}
