import type { ClosedMember, OpenContainer } from "./open-container.js";
import { restoreMember } from "./value-structure.js";
import type { Key, ValueStructure } from "./value-structure.js";

type Members = Record<string, unknown>;

interface Known {
  readonly live: unknown;
  readonly value: unknown;
}

/** This is an object that is being read. Showing it costs its number of keys. */
export class OpenObject implements OpenContainer {
  readonly live: Readonly<Members>;
  readonly #structure: ValueStructure;
  readonly #known = new Map<string, Known>();
  readonly #fresh = new Set<string>();
  #openKey: string | undefined;
  /** The closed members; made anew when they change, as it may have been shown. */
  #closed: Members | undefined;
  #shown: Members | undefined;
  #shownKey: string | undefined;
  #shownOpen: unknown;

  constructor(live: Readonly<Members>, structure: ValueStructure) {
    this.live = live;
    this.#structure = structure;
  }

  get openKey(): string | undefined {
    return this.#openKey;
  }

  liveAt(key: Key): unknown {
    return Object.hasOwn(this.live, key) ? this.live[key] : undefined;
  }

  add(key: Key, live: unknown, value: unknown): void {
    this.#known.set(String(key), { live, value });
    this.#fresh.add(String(key));
    this.#closed = undefined;
  }

  update(openKey: Key | undefined): void {
    this.#openKey = openKey === undefined ? undefined : String(openKey);
    for (const key of Object.keys(this.live)) {
      const member = key === this.#openKey ? undefined : this.live[key];
      // A repeated key takes its member back until that is closed again.
      if (member === undefined) this.#forget(key);
      else if (!Object.is(this.#known.get(key)?.live, member)) {
        this.add(key, member, restoreMember(this.#structure, key, member));
      }
    }
  }

  #forget(key: string): void {
    if (this.#known.delete(key)) this.#closed = undefined;
  }

  show(open: unknown): unknown {
    const openKey = open === undefined ? undefined : this.#openKey;
    const isNew = this.#closed === undefined || this.#shownKey !== openKey || !Object.is(this.#shownOpen, open);
    if (this.#shown !== undefined && !isNew) return this.#shown;
    this.#shownKey = openKey;
    this.#shownOpen = open;
    this.#closed ??= this.#copy();
    const shown = { ...this.#closed };
    if (openKey !== undefined) setMember(shown, openKey, open);
    // A member that was shown whole before its end came is nothing new.
    if (this.#shown === undefined || !hasSameMembers(this.#shown, shown)) this.#shown = shown;
    return this.#shown;
  }

  close(): unknown {
    this.update(undefined);
    return this.show(undefined);
  }

  valueAt(key: Key): unknown {
    return this.#known.get(String(key))?.value;
  }

  takeFresh(): ClosedMember[] {
    const members = [...this.#fresh].map((key) => ({ key, value: this.valueAt(key) }));
    this.#fresh.clear();
    return members.filter(({ value }) => value !== undefined);
  }

  replaceMembers(replace: (key: Key, value: unknown) => unknown): unknown {
    return this.#copy(replace);
  }

  #copy(replace: (key: Key, value: unknown) => unknown = (_key, value) => value): Members {
    const copy: Members = {};
    for (const key of Object.keys(this.live)) {
      const value = this.valueAt(key);
      if (value !== undefined) setMember(copy, key, replace(key, value));
    }
    return copy;
  }
}

function setMember(target: Members, key: string, value: unknown): void {
  // An assignment would change the prototype.
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

function hasSameMembers(left: Members, right: Members): boolean {
  const keys = Object.keys(left);
  const others = Object.keys(right);
  return (
    keys.length === others.length && keys.every((key, at) => key === others[at] && Object.is(left[key], right[key]))
  );
}
