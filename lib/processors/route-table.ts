import { log } from "../internal/index.js";

/** What routing has to know of a processor. */
export interface Destination {
  readonly name: string;
  /** True when the user gave the name, so that tags can mean it. */
  readonly isNamed: boolean;
  readonly isDefault: boolean;
  readonly hasFilter: boolean;
}

/** Tags are few, but a name made from user data must not fill the memory. */
const MAX_ROUTES = 1000;

/**
 * This answers which processors see a span of a given tag. Every answer is computed once per tag, so that a span costs
 * one look-up however many processors are registered.
 *
 * - Untagged (an empty tag too): every unnamed processor, and those with `isDefault`.
 * - Tagged: the processors the tag names, and unnamed ones that have a filter (the filter is the explicit choice).
 * - A tag none of whose names is registered: the `isDefault` ones, or without any, those an untagged span goes to.
 */
export class RouteTable<Line extends Destination> {
  #lines: readonly Line[] = [];
  #untagged: readonly Line[] = [];
  readonly #byTag = new Map<string, readonly Line[]>();

  /** True when a processor of this name, given or made up, is registered. */
  has(name: string): boolean {
    return this.#lines.some((line) => line.name === name);
  }

  add(line: Line): void {
    this.#rebuild([...this.#lines, line]);
  }

  remove(line: Line): void {
    this.#rebuild(this.#lines.filter((other) => other !== line));
  }

  /** The processors for the value of a span's tag attribute: a string array, or a string, comma-joined for several. */
  find(tag: unknown): readonly Line[] {
    if (tag === undefined) return this.#untagged;
    const key = tagKey(tag);
    return this.#byTag.get(key) ?? this.#learn(key);
  }

  #rebuild(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#untagged = lines.filter((line) => !line.isNamed || line.isDefault);
    this.#byTag.clear();
  }

  #learn(key: string): readonly Line[] {
    const names = key.split(",").flatMap((name) => name.trim() || []);
    const route = names.length === 0 ? this.#untagged : this.#route(names);
    if (this.#byTag.size >= MAX_ROUTES) this.#byTag.clear();
    this.#byTag.set(key, route);
    return route;
  }

  #route(names: readonly string[]): readonly Line[] {
    const known = this.#lines.filter((line) => line.isNamed).map((line) => line.name);
    for (const name of names) if (!known.includes(name)) warnUnknown(name, known);

    const isNamedHere = (line: Line): boolean => line.isNamed && names.includes(line.name);
    const watches = (line: Line): boolean => !line.isNamed && line.hasFilter;
    if (this.#lines.some(isNamedHere)) return this.#lines.filter((line) => isNamedHere(line) || watches(line));
    if (this.#lines.some((line) => line.isDefault)) {
      return this.#lines.filter((line) => line.isDefault || watches(line));
    }
    return this.#untagged;
  }
}

function tagKey(tag: unknown): string {
  if (typeof tag === "string") return tag;
  if (!Array.isArray(tag)) return "";
  const names: readonly unknown[] = tag;
  return names.length === 1 ? String(names[0]) : names.join(",");
}

function warnUnknown(name: string, known: readonly string[]): void {
  log.warn(
    "SPANDREL_UNKNOWN_PROCESSOR",
    `a span is routed to "${name}"; registered: ${known.join(", ") || "none by name"}. ` +
      "Add it with addProcessor or fix the name. Its spans go to the other processors they name, or to the default.",
    name,
  );
}
