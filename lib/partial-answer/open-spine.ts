import type { $ZodType } from "zod/v4/core";

import { type Path, standsForMissing } from "../response-schema/index.js";
import type { FinishedPart } from "./finished-part.js";
import { OpenArray } from "./open-array.js";
import type { OpenContainer } from "./open-container.js";
import { OpenLevel } from "./open-level.js";
import { OpenObject } from "./open-object.js";
import { OpenWhole } from "./open-whole.js";
import { takeApart } from "./take-apart.js";
import { plain, structureOf } from "./value-structure.js";
import type { Key, ValueStructure } from "./value-structure.js";

/** The one member of the level around the root. */
const ROOT = "root";

/**
 * This follows a value while a parser reads it: the containers that are open, from the root to the place being read.
 * What is closed is restored once, and shared by everything that is shown.
 */
export class OpenSpine {
  readonly #schema: $ZodType;
  readonly #holder: { [ROOT]?: unknown } = {};
  readonly #around: OpenLevel;
  /** Outermost first. */
  readonly #levels: OpenLevel[];
  #closedParts: FinishedPart[] = [];

  constructor(schema: $ZodType) {
    this.#schema = schema;
    const structure: ValueStructure = {
      schemaAt: () => schema,
      dropsNullAt: () => standsForMissing(schema, null),
    };
    const container = new OpenObject(this.#holder, structure);
    this.#around = new OpenLevel({ container, structure, key: "", path: undefined, takenApart: schema });
    this.#levels = [this.#around];
  }

  get levels(): readonly OpenLevel[] {
    return this.#levels;
  }

  /** `openPath` is the place in the value that is being read; undefined for a value that is closed or not there. */
  update(value: unknown, openPath: Path | undefined): void {
    this.#holder[ROOT] = value;
    const path: Path = openPath === undefined ? [] : [ROOT, ...openPath];
    const depth = this.#countOpen(path);
    while (this.#levels.length > depth) this.#closeInnermost();
    this.#innermost.container.update(path[depth - 1]);
    this.#openAlong(path);
  }

  #countOpen(path: Path): number {
    const isOpen = ({ key, container }: OpenLevel, around: number): boolean =>
      path[around] === key && this.#levels[around]?.container.liveAt(key) === container.live;
    const closed = this.#levels.slice(1).findIndex((level, around) => !isOpen(level, around));
    return closed < 0 ? this.#levels.length : closed + 1;
  }

  #closeInnermost(): void {
    const level = this.#levels.pop();
    const around = this.#innermost;
    if (level === undefined) return;
    const value = level.container.close();
    around.container.add(level.key, level.container.live, value);
    const part = level.finish(value);
    if (part !== undefined) this.#closedParts.push(around.adopt(level.key, part));
  }

  #openAlong(path: Path): void {
    for (let key = path[this.#levels.length - 1]; key !== undefined; key = path[this.#levels.length - 1]) {
      const level = openMember(this.#innermost, key);
      if (level === undefined) return;
      this.#levels.push(level);
      level.container.update(path[this.#levels.length - 1]);
      if (level.container instanceof OpenWhole) return;
    }
  }

  get #innermost(): OpenLevel {
    return this.#levels.at(-1) ?? this.#around;
  }

  /** What is known of the value, as its schema wants it. Later changes make another; nothing new makes none. */
  get shown(): unknown {
    const { container } = this.#innermost;
    // A number is not there while it is open, a container has its own level: this is a text.
    let shown = container.openKey === undefined ? undefined : container.liveAt(container.openKey);
    for (let at = this.#levels.length - 1; at > 0; at--) shown = this.#levels[at]?.container.show(shown);
    return shown ?? this.#around.container.valueAt(ROOT);
  }

  /** The value, closed, as a part. */
  get root(): FinishedPart {
    return this.#around.partOf(ROOT, this.#around.container.valueAt(ROOT), this.#schema);
  }

  /** Containers that were closed since the last call, and had members validated before; inner ones first. */
  takeClosed(): readonly FinishedPart[] {
    const parts = this.#closedParts;
    this.#closedParts = [];
    return parts;
  }
}

/** The level of an open container; undefined for any other value. */
function openMember(around: OpenLevel, key: Key): OpenLevel | undefined {
  const live = around.container.liveAt(key);
  if (typeof live !== "object" || live === null) return undefined;
  const schema = around.structure.schemaAt(key);
  const structure = structureOf(schema, Array.isArray(live));
  // Only a schema's value can be one that has no structure.
  const isWhole = schema !== undefined && structure === undefined;
  return new OpenLevel({
    container: isWhole ? new OpenWhole(live, schema) : openContainer(live, structure ?? plain),
    structure: structure ?? plain,
    key,
    path: around.pathOf(key),
    takenApart: around.isTakenApart && schema !== undefined && key !== "__proto__" ? takeApart(schema) : undefined,
  });
}

function openContainer(live: object, structure: ValueStructure): OpenContainer {
  return Array.isArray(live)
    ? new OpenArray(live, structure)
    : new OpenObject(live as Record<string, unknown>, structure);
}
