import type { ClosedMember, OpenContainer } from "./open-container.js";
import { restoreMember } from "./value-structure.js";
import type { Key, ValueStructure } from "./value-structure.js";

/** This is an array, or a tuple written as one, that is being read. Showing it costs a copy of its memory, no walk. */
export class OpenArray implements OpenContainer {
  readonly live: readonly unknown[];
  readonly #structure: ValueStructure;
  /** The closed items; behind them the open one as last shown. */
  readonly #items: unknown[] = [];
  #closedCount = 0;
  #freshFrom = 0;
  #shown: readonly unknown[] | undefined;

  constructor(live: readonly unknown[], structure: ValueStructure) {
    this.live = live;
    this.#structure = structure;
  }

  get openKey(): number {
    return this.#closedCount;
  }

  liveAt(key: Key): unknown {
    return this.live[Number(key)];
  }

  add(_key: Key, _live: unknown, value: unknown): void {
    this.#items[this.#closedCount++] = value;
  }

  update(openKey: Key | undefined): void {
    const end = openKey === undefined ? this.live.length : Number(openKey);
    for (let index = this.#closedCount; index < end; index++) {
      this.#items[index] = restoreMember(this.#structure, index, this.live[index]);
    }
    this.#closedCount = end;
  }

  show(open: unknown): unknown {
    if (open !== undefined) this.#items[this.#closedCount] = open;
    const length = lengthOf(this.#items);
    // Closed items stay, so that only the last one tells.
    const isSame = this.#shown?.length === length && Object.is(this.#shown[length - 1], this.#items[length - 1]);
    if (!isSame) this.#shown = this.#items.slice(0, length);
    return this.#shown;
  }

  close(): unknown {
    this.update(undefined);
    return this.show(undefined);
  }

  valueAt(key: Key): unknown {
    return Number(key) < this.#closedCount ? this.#items[Number(key)] : undefined;
  }

  takeFresh(): ClosedMember[] {
    const from = this.#freshFrom;
    this.#freshFrom = this.#closedCount;
    const members = this.#items.slice(from, this.#closedCount).map((value, at) => ({ key: from + at, value }));
    return members.filter(({ value }) => value !== undefined);
  }

  replaceMembers(replace: (key: Key, value: unknown) => unknown): unknown {
    return this.#items.slice(0, lengthOf(this.#items)).map((value, index) => replace(index, value));
  }
}

/** A tuple's items that were left out at its end are not there at all. */
function lengthOf(items: readonly unknown[]): number {
  let length = items.length;
  while (length > 0 && items[length - 1] === undefined) length--;
  return length;
}
