import type { AttributeValue, Attributes } from "@opentelemetry/api";
import { errorText, log } from "../internal/index.js";

/** The specification's limit for spans, events and links alike. */
const MAX_ATTRIBUTES = 128;

/**
 * These are the attributes of a span, an event or a link, with the specification's limits. Whatever is put in, nothing
 * is thrown: what is no attribute is counted in `dropped`.
 */
export class AttributeBag {
  readonly values: Attributes = {};
  dropped = 0;
  #count = 0;

  /** Scalars, nearly all there are, take the short way; lists are copied, as their owner may change them. */
  put(key: string, value: unknown): void {
    switch (typeof value) {
      case "string":
      case "number":
      case "boolean":
        this.#set(key, value);
        return;
      case "undefined":
        return;
      default:
        if (value !== null) this.#putList(key, value);
    }
  }

  putAll(given: unknown): void {
    try {
      const attributes = given as Attributes;
      for (const key in attributes) if (Object.hasOwn(attributes, key)) this.put(key, attributes[key]);
    } catch (error) {
      this.#drop(`attributes cannot be read: ${errorText(error)}`);
    }
  }

  #set(key: string, value: AttributeValue): void {
    if (typeof key !== "string" || key === "" || key === "__proto__") {
      this.#drop("an attribute has no usable name");
      return;
    }
    const { values } = this;
    // Looked up first, since most are new; every object has a toString that is not its own.
    if (values[key] === undefined || !Object.hasOwn(values, key)) {
      if (this.#count >= MAX_ATTRIBUTES) {
        this.dropped++;
        return;
      }
      this.#count++;
    }
    values[key] = value;
  }

  #putList(key: string, value: unknown): void {
    try {
      if (Array.isArray(value) && isHomogeneous(value)) this.#set(key, value.slice() as AttributeValue);
      else this.#drop("an attribute has a value that is no attribute value");
    } catch (error) {
      this.#drop(`an attribute cannot be read: ${errorText(error)}`);
    }
  }

  #drop(why: string): void {
    this.dropped++;
    log.debug("SPANDREL_ATTRIBUTE_DROPPED", why);
  }
}

/** OpenTelemetry 2.x accepts lists of one primitive type, with gaps. */
function isHomogeneous(values: readonly unknown[]): boolean {
  let type: string | undefined;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    type ??= typeof value;
    if (typeof value !== type) return false;
  }
  return type === undefined || type === "string" || type === "number" || type === "boolean";
}
