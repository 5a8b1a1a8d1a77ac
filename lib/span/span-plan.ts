import type { Attributes, Link } from "@opentelemetry/api";
import { type ParameterList, readParameterNames } from "../capture/index.js";
import { InvalidOptionError } from "../errors.js";
import { compileConditions } from "../internal/index.js";
import { type MethodIdentity, createMethodNamer } from "./entity-name.js";
import { originalOf } from "./imitate.js";
import type { EntityKind, SpanOptions, StreamOptions } from "./span-options.js";

type Callback<R> = (...args: readonly unknown[]) => R;

/** Everything about a decorated method that does not depend on the call, resolved once at definition. */
export interface SpanPlan {
  readonly kind: EntityKind;
  /** Tasks and tools add themselves to the entity path; workflows and agents name what is below them. */
  readonly isPathEntry: boolean;
  readonly codeName: (self: unknown) => string;
  readonly name: string | Callback<string> | undefined;
  readonly version: number | undefined;
  readonly tag: readonly string[] | undefined;
  readonly captureInput: boolean | Callback<unknown>;
  readonly captureOutput: boolean | ((result: unknown) => unknown);
  readonly attributes: Attributes | Callback<Attributes> | undefined;
  readonly links: readonly Link[] | Callback<readonly Link[]> | undefined;
  readonly sampleRate: number | undefined;
  /** The `exportFilter` as the JSON text that travels with the span. */
  readonly exportFilter: string | undefined;
  readonly stream: StreamPlan;
  /** Parameter names, read from the method's source at the first captured call. */
  readonly parameters: () => ParameterList;
}

/** The part of a plan that concerns streams. */
export interface StreamPlan {
  readonly reduce: ((chunks: readonly unknown[]) => unknown) | undefined;
  readonly chunkEvents: boolean;
  readonly maxChunks: number;
}

/** Options once the types of their callbacks' parameters have done their work, which is at compile time. */
export type AnyOptions = SpanOptions<readonly unknown[], unknown> & StreamOptions<readonly unknown[], unknown>;

const KNOWN_OPTIONS: ReadonlySet<string> = new Set<keyof AnyOptions>([
  "name",
  "version",
  "processors",
  "captureInput",
  "captureOutput",
  "attributes",
  "links",
  "sampleRate",
  "exportFilter",
  "reduce",
  "chunkEvents",
  "maxChunks",
]);

/**
 * This checks a decorator's options and resolves what can be resolved. `label` is how the decorator calls itself in an
 * error, such as `@Task`. Throws `InvalidOptionError` with the option's name, what was expected and what was given.
 */
export function createSpanPlan(
  label: string,
  kind: EntityKind,
  identity: MethodIdentity,
  fn: Callback<unknown>,
  options: AnyOptions,
): SpanPlan {
  checkOptions(label, options);
  let parameters: ParameterList | undefined;
  return {
    kind,
    isPathEntry: kind === "task" || kind === "tool",
    codeName: createMethodNamer(identity),
    name: options.name,
    version: options.version,
    tag: options.processors === undefined ? undefined : [options.processors].flat(),
    captureInput: options.captureInput ?? true,
    captureOutput: options.captureOutput ?? true,
    attributes: options.attributes,
    links: options.links,
    sampleRate: options.sampleRate,
    exportFilter: options.exportFilter === undefined ? undefined : JSON.stringify(options.exportFilter),
    stream: {
      reduce: options.reduce,
      chunkEvents: options.chunkEvents ?? false,
      maxChunks: options.maxChunks ?? 10_000,
    },
    parameters: () => (parameters ??= readParameterNames(originalOf(fn))),
  };
}

function checkOptions(label: string, options: AnyOptions): void {
  const expect = (isRight: boolean, key: keyof AnyOptions, expected: string): void => {
    if (!isRight) throw new InvalidOptionError(`${label} ${key}`, expected, options[key]);
  };
  const isCallback = (value: unknown): boolean => typeof value === "function";
  for (const key of Object.keys(options)) {
    if (!KNOWN_OPTIONS.has(key)) {
      throw new InvalidOptionError(
        `${label} ${key}`,
        `one of ${[...KNOWN_OPTIONS].join(", ")}`,
        Reflect.get(options, key),
      );
    }
  }
  const { name, version, processors, captureInput, captureOutput, attributes, links } = options;
  const { sampleRate, exportFilter, reduce, chunkEvents, maxChunks } = options;
  if (name !== undefined) expect(isCallback(name) || isText(name), "name", "a non-empty string or a function");
  if (version !== undefined) expect(Number.isInteger(version), "version", "an integer");
  if (processors !== undefined) {
    const names: readonly unknown[] = [processors].flat();
    expect(names.length > 0 && names.every(isText), "processors", "a processor's name or a list of names");
  }
  for (const [key, value] of [
    ["captureInput", captureInput],
    ["captureOutput", captureOutput],
  ] as const) {
    if (value !== undefined) expect(typeof value === "boolean" || isCallback(value), key, "a boolean or a function");
  }
  if (attributes !== undefined)
    expect(isCallback(attributes) || isObject(attributes), "attributes", "an object or a function");
  if (links !== undefined) expect(isCallback(links) || Array.isArray(links), "links", "an array or a function");
  if (sampleRate !== undefined) expect(isShare(sampleRate), "sampleRate", "a number from 0 to 1");
  if (exportFilter !== undefined) compileConditions(exportFilter, `${label} exportFilter`);
  if (reduce !== undefined) expect(isCallback(reduce), "reduce", "a function");
  if (chunkEvents !== undefined) expect(typeof chunkEvents === "boolean", "chunkEvents", "a boolean");
  if (maxChunks !== undefined) expect(Number.isInteger(maxChunks) && maxChunks >= 0, "maxChunks", "an integer from 0");
}

function isShare(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= 1;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
