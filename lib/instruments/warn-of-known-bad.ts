import { log } from "../internal/index.js";
import { findPackages } from "./find-package.js";
import { KNOWN_BAD, knownBadPairings } from "./known-bad.js";
import { isLoaded } from "./load-package.js";

/** Warns of each installed pairing that is known to break the program, once its instrumentations are loaded. */
export function warnOfKnownBad(): void {
  const instrumentations = new Set(KNOWN_BAD.map((pairing) => pairing.package));
  const installed = new Map<string, readonly string[]>();
  for (const name of new Set(KNOWN_BAD.flatMap((pairing) => [pairing.package, pairing.with]))) {
    const copies = findPackages(name).filter((copy) => !instrumentations.has(name) || isLoaded(copy));
    installed.set(
      name,
      copies.map(({ version }) => version),
    );
  }
  for (const { pairing, version, withVersion } of knownBadPairings(installed)) {
    log.warn(
      "SPANDREL_KNOWN_BAD_PAIRING",
      `${pairing.package} ${version} with ${pairing.with} ${withVersion} is known to break programs: ${pairing.effect}. ` +
        "Remove that instrumentation; Spandrel traces the same calls",
      `${pairing.package} ${pairing.effect}`,
    );
  }
}
