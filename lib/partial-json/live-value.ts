type Members = Record<string, unknown>;
type Container = unknown[] | Members;
type Key = string | number | undefined;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * This is a JSON value while it is being read: the containers that are open, and in the innermost of them the place
 * where the next value goes. It is built once and in place.
 *
 * What is closed needs no record: it is whatever stands in an open container beside the place being read.
 */
export class LiveValue {
  /** The value is the only item of this array, so that it is set like any other. */
  readonly #holder: unknown[] = [];
  /** The open containers outside the innermost, and in each the key of the next one in. */
  readonly #outer: Container[] = [];
  readonly #outerKeys: Key[] = [];
  #array: unknown[] | undefined = this.#holder;
  #object: Members = {};
  /** The place being read; `#name` is undefined until the key has been read. */
  #index = 0;
  #name: string | undefined;

  get value(): unknown {
    return this.#holder[0];
  }

  /** How many containers are open. */
  get depth(): number {
    return this.#outer.length;
  }

  get isInObject(): boolean {
    return this.#array === undefined;
  }

  /** Sets what is known of the value at the place being read. */
  show(value: unknown): void {
    if (this.#array !== undefined) {
      this.#array[this.#index] = value;
    } else if (this.#name === "__proto__") {
      // An assignment would change the prototype; to JSON.parse the name is like any other.
      Object.defineProperty(this.#object, this.#name, { value, writable: true, enumerable: true, configurable: true });
    } else if (this.#name !== undefined) {
      this.#object[this.#name] = value;
    }
  }

  openArray(): void {
    const array: unknown[] = [];
    this.#enter(array);
    this.#array = array;
    this.#index = 0;
  }

  openObject(): void {
    const object: Members = {};
    this.#enter(object);
    this.#array = undefined;
    this.#object = object;
    this.#name = undefined;
  }

  #enter(container: Container): void {
    this.show(container);
    this.#outer.push(this.#array ?? this.#object);
    this.#outerKeys.push(this.#key);
  }

  /** Goes to the member of this name. An earlier one is now known not to be in the finished value, and loses its own. */
  goTo(name: string): void {
    this.#name = name;
    // Not deleted: JSON.parse keeps the member where its key came first.
    if (hasOwn.call(this.#object, name)) this.show(undefined);
  }

  /** The value at the place being read is closed. */
  next(): void {
    if (this.#array !== undefined) this.#index++;
    else this.#name = undefined;
  }

  /** The innermost container is closed. */
  leave(): void {
    const container = this.#outer.pop() ?? this.#holder;
    const key = this.#outerKeys.pop();
    if (Array.isArray(container)) {
      this.#array = container;
      this.#index = Number(key);
    } else {
      this.#array = undefined;
      this.#object = container;
    }
    this.next();
  }

  /** The keys to the place being read; the innermost is missing until it has been read. */
  get openPath(): (string | number)[] {
    const path = this.#outerKeys.slice(1);
    if (this.depth > 0) path.push(this.#key);
    return path.filter((key) => key !== undefined);
  }

  /** Whether there is a value at the path, and it is closed. Costs the path's length. */
  isClosed(path: readonly (string | number)[]): boolean {
    const keys: Key[] = [0, ...path];
    const open = this.#outer.length;
    let level = 0;
    while (level < keys.length && level <= open && keys[level] === this.#keyAt(level)) level++;
    // The path ends at an open container or the place being read, or goes on beyond that place.
    if (level === keys.length || level > open) return false;
    let node: unknown = level === open ? (this.#array ?? this.#object) : this.#outer[level];
    while (level < keys.length && node !== undefined) node = memberOf(node, keys[level++]);
    return node !== undefined;
  }

  get #key(): Key {
    return this.#array === undefined ? this.#name : this.#index;
  }

  #keyAt(level: number): Key {
    return level === this.#outer.length ? this.#key : this.#outerKeys[level];
  }
}

/** Undefined where there is none, and never otherwise: JSON has no such value. */
function memberOf(node: unknown, key: Key): unknown {
  if (Array.isArray(node)) return typeof key === "number" ? node[key] : undefined;
  if (typeof node !== "object" || node === null || typeof key !== "string") return undefined;
  return hasOwn.call(node, key) ? Reflect.get(node, key) : undefined;
}
