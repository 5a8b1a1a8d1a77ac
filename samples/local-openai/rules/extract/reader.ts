import type { Field } from "./field.js";

/** What the values of a field are, as far as a text can be cut by them. */
export type Kind =
  "email" | "sku" | "price" | "date" | "person" | "organisation" | "place" | "number" | "task" | "words";

/** How the values of a field are read from a text: all that are there, the likeliest first. */
export interface Reader {
  readonly label: RegExp;
  readonly kind: Kind;
  readonly read: (text: string, field: Field) => readonly (string | number)[];
  /** Finds something in any text, so that finding it says nothing about the text. */
  readonly isWeak?: true;
}
