import type { $ZodType } from "zod/v4/core";

import type { Path, ValidationIssue } from "../response-schema/index.js";
import { FinishedPart } from "./finished-part.js";
import type { OpenContainer } from "./open-container.js";
import type { Key, ValueStructure } from "./value-structure.js";

interface LevelPlace {
  readonly container: OpenContainer;
  readonly structure: ValueStructure;
  /** Where it is in the level around it. */
  readonly key: Key;
  /** Undefined around the root. */
  readonly path: Path | undefined;
  /** The schema for values of which some members are parts; without it no member is one. */
  readonly takenApart: $ZodType | undefined;
}

/** This is a container on the way from the root to the place being read, and what was found in its finished members. */
export class OpenLevel {
  readonly container: OpenContainer;
  readonly structure: ValueStructure;
  readonly key: Key;
  readonly #path: Path | undefined;
  readonly #takenApart: $ZodType | undefined;
  readonly #parts = new Map<Key, FinishedPart>();
  /** Parts that failed, or have not come out yet. */
  #notFine: [Key, FinishedPart][] = [];

  constructor({ container, structure, key, path, takenApart }: LevelPlace) {
    this.container = container;
    this.structure = structure;
    this.key = key;
    this.#path = path;
    this.#takenApart = takenApart;
  }

  get isTakenApart(): boolean {
    return this.#takenApart !== undefined;
  }

  pathOf(key: Key): Path {
    return this.#path === undefined ? [] : [...this.#path, key];
  }

  /** The parts finished since the last call. */
  takeFinished(): readonly FinishedPart[] {
    if (!this.isTakenApart) return [];
    return this.container.takeFresh().flatMap(({ key, value }) => {
      const schema = this.structure.schemaAt(key);
      // zod leaves members named __proto__ out.
      return schema === undefined || key === "__proto__" ? [] : this.partOf(key, value, schema);
    });
  }

  /** A value that comes again with its key, and is the same, is the same part. */
  partOf(key: Key, value: unknown, schema: $ZodType): FinishedPart {
    return this.#partAt(key) ?? this.adopt(key, new FinishedPart(schema, value, this.pathOf(key)));
  }

  adopt(key: Key, part: FinishedPart): FinishedPart {
    this.#parts.set(key, part);
    this.#notFine.push([key, part]);
    return part;
  }

  /** This container, closed, as a part itself; undefined where none of its members was validated by itself. */
  finish(value: unknown): FinishedPart | undefined {
    if (this.#takenApart === undefined || this.#path === undefined || this.#parts.size === 0) return undefined;
    const replaceMembers = (): unknown =>
      this.container.replaceMembers((key, member) => {
        return this.#partAt(key) ?? member;
      });
    return new FinishedPart(this.#takenApart, value, this.#path, replaceMembers);
  }

  issues(): ValidationIssue[] {
    this.#notFine = this.#notFine.filter(([, part]) => !part.isFine);
    return this.#notFine.flatMap(([key, part]) => (this.#partAt(key) === part ? part.issues : []));
  }

  /** Undefined also where the key has come again with another value. */
  #partAt(key: Key): FinishedPart | undefined {
    const part = this.#parts.get(key);
    return part !== undefined && Object.is(part.value, this.container.valueAt(key)) ? part : undefined;
  }
}
