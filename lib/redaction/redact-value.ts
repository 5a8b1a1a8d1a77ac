import { types } from "node:util";
import { FAILED, containRedaction } from "./replacement.js";
import type { TextRedaction } from "./text-redaction.js";

/** What OpenTelemetry allows of nesting in an attribute, and what bounds objects that share their children. */
const MAX_DEPTH = 64;
const MAX_NODES = 100_000;

type Attributes = Readonly<Record<string, unknown>>;

/**
 * This redacts the values of attributes: text, lists of text, and the maps and lists of any values that OpenTelemetry
 * allows by now. What has no secret in it is returned as the very same object; nothing is changed in place.
 */
export class ValueRedaction {
  readonly #text: TextRedaction;
  /** Attribute names hold secrets when a program makes names of what it is given; there are few, so each is read once. */
  readonly #names = new Map<string, ReadName>();

  constructor(text: TextRedaction) {
    this.#text = text;
  }

  /** An attribute that cannot be read or redacted is replaced, so that it is never passed on as it was. */
  attributes<Given extends Attributes | undefined>(given: Given): Given | Attributes {
    if (given === undefined) return given;
    return this.#members(given, (name, key) => {
      try {
        return this.#member(name, key, given[key], { depth: 0, nodes: 0 });
      } catch (error) {
        containRedaction("redacting an attribute", error);
        return FAILED;
      }
    });
  }

  /** The members in their order, in a copy from the first that changes on. */
  #members<Given extends object>(given: Given, redact: (name: ReadName, key: string) => unknown): Given | Attributes {
    const keys = Object.keys(given);
    let copy: Record<string, unknown> | undefined;
    let index = -1;
    for (const key of keys) {
      index++;
      const name = this.#name(key);
      const redacted = redact(name, key);
      if (copy === undefined) {
        if (name.text === key && isUnchanged(given, key, redacted)) continue;
        copy = {};
        for (const before of keys.slice(0, index)) put(copy, before, Reflect.get(given, before));
      }
      put(copy, name.text, redacted);
    }
    return copy ?? given;
  }

  #name(key: string): ReadName {
    let name = this.#names.get(key);
    if (name !== undefined) return name;
    name = { text: this.#text.redact(key), isSecret: this.#text.scanner.names.isSecret(key) };
    if (this.#names.size < 2_000 && key.length <= 200) this.#names.set(key, name);
    return name;
  }

  #member(name: ReadName, key: string, value: unknown, walk: Walk): unknown {
    const { replacement } = this.#text.scanner;
    if (value === undefined || value === null || !name.isSecret) return this.#value(value, walk);
    return typeof value === "string" && replacement.isDone(value) ? value : replacement.of("key", key);
  }

  #value(value: unknown, walk: Walk): unknown {
    if (typeof value === "string") return this.#text.redact(value);
    if (typeof value !== "object" || value === null || types.isDate(value) || ArrayBuffer.isView(value)) return value;
    if (walk.depth >= MAX_DEPTH || ++walk.nodes > MAX_NODES) return FAILED;
    walk.depth++;
    const redacted = Array.isArray(value)
      ? this.#list(value, walk)
      : types.isMap(value)
        ? this.#map(value, walk)
        : this.#object(value, walk);
    walk.depth--;
    return redacted;
  }

  #list(list: readonly unknown[], walk: Walk): readonly unknown[] {
    if (list.every((item) => typeof item === "string")) return this.#text.redactList(list);
    const copy = list.map((item) => this.#value(item, walk));
    return copy.some((item, index) => !Object.is(item, list[index])) ? copy : list;
  }

  #object(object: object, walk: Walk): object {
    return this.#members(object, (name, key) => {
      const value: unknown = Reflect.get(object, key);
      // A piece of a model's answer.
      const isLogprob = key === "token" && "logprob" in object;
      return isLogprob ? this.#value(value, walk) : this.#member(name, key, value, walk);
    });
  }

  #map(map: ReadonlyMap<unknown, unknown>, walk: Walk): ReadonlyMap<unknown, unknown> {
    const copy = new Map<unknown, unknown>();
    let isChanged = false;
    for (const [key, value] of map) {
      const name = typeof key === "string" ? this.#name(key) : undefined;
      const redacted = name === undefined ? this.#value(value, walk) : this.#member(name, String(key), value, walk);
      copy.set(name?.text ?? key, redacted);
      if ((name !== undefined && name.text !== key) || !Object.is(redacted, value)) isChanged = true;
    }
    return isChanged ? copy : map;
  }
}

/** What an attribute's name becomes, and whether its value is a secret. */
interface ReadName {
  readonly text: string;
  readonly isSecret: boolean;
}

interface Walk {
  depth: number;
  nodes: number;
}

function isUnchanged(given: object, key: string, redacted: unknown): boolean {
  return redacted !== FAILED && Object.is(Reflect.get(given, key), redacted);
}

/** Also a member called `__proto__`, which an assignment would make the prototype. */
function put(copy: object, name: string, value: unknown): void {
  Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
}
