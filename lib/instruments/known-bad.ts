import { isInRange } from "./version-range.js";

/** An instrumentation that breaks the program it is in, together with what it breaks. */
export interface KnownBadPairing {
  readonly package: string;
  readonly versions: string;
  /** A library, or another instrumentation of it. */
  readonly with: string;
  readonly withVersions: string;
  /** What users see, as the end of a sentence that begins with the two packages. */
  readonly effect: string;
}

const OTEL = "@opentelemetry/instrumentation-openai";
const TRACELOOP = "@traceloop/instrumentation-openai";
const OPENINFERENCE = "@arizeai/openinference-instrumentation-openai";

/** Measured against a local server on Node 20, 22 and 24; the first is open-telemetry/opentelemetry-js-contrib#3586. */
export const KNOWN_BAD: readonly KnownBadPairing[] = [
  {
    package: OTEL,
    versions: ">=0.21 <0.23",
    with: "openai",
    withVersions: ">=5 <7",
    effect: '`parse()` and `asResponse()` throw "Body is unusable"',
  },
  {
    package: OTEL,
    versions: ">=0.22 <0.23",
    with: "openai",
    withVersions: ">=5 <7",
    effect: "streams throw unless a MeterProvider is set",
  },
  {
    package: TRACELOOP,
    versions: ">=0.27 <0.28",
    with: "openai",
    withVersions: ">=5 <7",
    effect: "`chat.completions.stream()` and `stream.tee()` throw",
  },
  {
    package: OPENINFERENCE,
    versions: "=4.2.7",
    with: "openai",
    withVersions: ">=6 <8",
    effect:
      "a stream that fails is a rejection which nobody can handle and which ends the process; under the loader hook " +
      "importing openai fails",
  },
  {
    package: OTEL,
    versions: ">=0.21 <0.23",
    with: OPENINFERENCE,
    withVersions: "=4.2.7",
    effect: '`chat.completions.create()` throws "Body is unusable"',
  },
];

/** A pairing that a program has, in the versions it has. */
export interface FoundPairing {
  readonly pairing: KnownBadPairing;
  readonly version: string;
  readonly withVersion: string;
}

/** The pairings among these packages, given as the versions that are installed of each. */
export function knownBadPairings(installed: ReadonlyMap<string, readonly string[]>): FoundPairing[] {
  const find = (name: string, range: string): string | undefined =>
    (installed.get(name) ?? []).find((version) => isInRange(version, range));
  return KNOWN_BAD.flatMap((pairing) => {
    const version = find(pairing.package, pairing.versions);
    const withVersion = find(pairing.with, pairing.withVersions);
    return version === undefined || withVersion === undefined ? [] : [{ pairing, version, withVersion }];
  });
}
