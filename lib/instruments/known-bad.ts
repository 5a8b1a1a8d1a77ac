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
    effect: '`chat.completions.parse()` and `responses.parse()` throw "Body is unusable"',
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
    effect: "in ES modules `parse()` throws, and importing openai under the loader hook fails",
  },
  {
    package: OTEL,
    versions: ">=0.21 <0.23",
    with: OPENINFERENCE,
    withVersions: "=4.2.7",
    effect: '`chat.completions.create()` throws "Body is unusable"',
  },
];

/** The pairings among these packages, given as the versions that are installed of each. */
export function knownBadPairings(installed: ReadonlyMap<string, readonly string[]>): KnownBadPairing[] {
  const has = (name: string, range: string): boolean =>
    (installed.get(name) ?? []).some((version) => isInRange(version, range));
  return KNOWN_BAD.filter((pairing) => {
    return has(pairing.package, pairing.versions) && has(pairing.with, pairing.withVersions);
  });
}

/** What an instrumentation is known to break, for a sentence about it; undefined when nothing is known. */
export function knownEffectOf(packageName: string, version?: string): string | undefined {
  const effects = KNOWN_BAD.filter((pairing) => {
    return pairing.package === packageName && (version === undefined || isInRange(version, pairing.versions));
  }).map((pairing) => `with ${pairing.with} ${pairing.withVersions}, ${pairing.effect}`);
  return effects.length === 0 ? undefined : effects.join("; ");
}
