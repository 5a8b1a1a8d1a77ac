import type { Key } from "./value-structure.js";

/** This is a member that was closed, as the schema wants it. */
export interface ClosedMember {
  readonly key: Key;
  readonly value: unknown;
}

/**
 * This is an array or object that is being read, as the schema wants it: its closed members, each restored once, and
 * the key of the one that is open.
 */
export interface OpenContainer {
  /** What the parser holds, and goes on writing to. */
  readonly live: object;
  /** The member at the place being read. */
  readonly openKey: Key | undefined;
  liveAt(key: Key): unknown;
  /** Takes a member in that was followed while it was open. */
  add(key: Key, live: unknown, value: unknown): void;
  /** Takes in whatever else was closed. Without a key no member is open. */
  update(openKey: Key | undefined): void;
  /** The closed members and what is known of the open one: a value of its own, the last one where nothing is new. */
  show(open: unknown): unknown;
  /** The container is closed: its value for good. */
  close(): unknown;
  /** Undefined for a member that is open, not there or left out. */
  valueAt(key: Key): unknown;
  /** The members closed since the last call. A repeated key's come again. */
  takeFresh(): ClosedMember[];
  /** A copy of the closed members, with others in the place of some. */
  replaceMembers(replace: (key: Key, value: unknown) => unknown): unknown;
}
