import { isDeepStrictEqual } from "node:util";
import type { $ZodType } from "zod/v4/core";

import { restorePresent, restoreUnfinished } from "../response-schema/index.js";
import type { ClosedMember, OpenContainer } from "./open-container.js";

/** This is an array or object that is being read and restored as a whole, as in a union: showing it costs its size. */
export class OpenWhole implements OpenContainer {
  readonly live: object;
  readonly openKey = undefined;
  readonly #schema: $ZodType;
  #shown: unknown;

  constructor(live: object, schema: $ZodType) {
    this.live = live;
    this.#schema = schema;
  }

  show(): unknown {
    return this.#keep(restoreUnfinished(this.#schema, copyOf(this.live)));
  }

  close(): unknown {
    return this.#keep(restorePresent(this.#schema, this.live));
  }

  #keep(value: unknown): unknown {
    if (!isDeepStrictEqual(this.#shown, value)) this.#shown = value;
    return this.#shown;
  }

  liveAt(): undefined {}
  valueAt(): undefined {}
  add(): void {}
  update(): void {}
  takeFresh(): ClosedMember[] {
    return [];
  }
  replaceMembers(): unknown {
    return this.#shown;
  }
}

/** What the schema takes as it is would go on growing. */
function copyOf(live: unknown): unknown {
  if (Array.isArray(live)) return live.map(copyOf);
  if (typeof live !== "object" || live === null) return live;
  const members = Object.entries(live).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, copyOf(member)]));
}
