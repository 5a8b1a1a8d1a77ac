import { type SpanStatus, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableLink, ReadableOccurrence, ReadableOrigin, ReadableParts } from "./readable-parts.js";
import type { ValueRedaction } from "./redact-value.js";
import { RedactedSpan } from "./redacted-span.js";
import { FAILED, containRedaction } from "./replacement.js";
import type { TextRedaction } from "./text-redaction.js";

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

/** This makes the copies of spans. The live span is only read. */
export class SpanRedaction {
  readonly #text: TextRedaction;
  readonly #values: ValueRedaction;
  /** All spans of a provider share their resource, and exporters group spans by it. */
  readonly #resources = new WeakMap<object, ReadableOrigin>();

  constructor(text: TextRedaction, values: ValueRedaction) {
    this.#text = text;
    this.#values = values;
  }

  /** The very same span when it has no secret in it. */
  redact<Span extends ReadableParts>(span: Span): Span | ReadableParts {
    let isChanged = false;
    /** A part that cannot be read is replaced. Its neighbours stay. */
    const part = <Value>(read: () => Value, redact: (value: Value) => Value, failed: Value): Value => {
      try {
        const given = read();
        const value = redact(given);
        if (value !== given) isChanged = true;
        return value;
      } catch (error) {
        containRedaction("redacting a part of a span", error);
        isChanged = true;
        return failed;
      }
    };
    const parts = {
      name: part(
        () => span.name,
        (name) => this.#text.redact(name),
        FAILED,
      ),
      status: part(
        () => span.status,
        (status) => this.#status(status),
        UNSET,
      ),
      attributes: part(
        () => span.attributes,
        (attributes) => this.#values.attributes(attributes),
        {},
      ),
      events: part(
        () => span.events,
        (events) => mapChanged(events, (event) => this.#event(event)),
        [],
      ),
      links: part(
        () => span.links,
        (links) => mapChanged(links, (link) => this.#link(link)),
        [],
      ),
      resource: part(
        () => span.resource,
        (resource) => this.#resource(resource),
        { attributes: {} },
      ),
    };
    return isChanged ? new RedactedSpan(span, parts) : span;
  }

  #status(status: SpanStatus): SpanStatus {
    const { message } = status;
    const redacted = message === undefined ? message : this.#text.redact(message);
    return redacted === undefined || redacted === message ? status : { ...status, message: redacted };
  }

  #event(event: ReadableOccurrence): ReadableOccurrence {
    const name = this.#text.redact(event.name);
    const attributes = this.#values.attributes(event.attributes);
    if (name === event.name && attributes === event.attributes) return event;
    return { ...event, name, ...(attributes === undefined ? {} : { attributes }) };
  }

  #link(link: ReadableLink): ReadableLink {
    const attributes = this.#values.attributes(link.attributes);
    return attributes === undefined || attributes === link.attributes ? link : { ...link, attributes };
  }

  #resource(resource: ReadableOrigin): ReadableOrigin {
    const known = this.#resources.get(resource);
    if (known !== undefined) return known;
    const given = resource.attributes;
    const attributes = this.#values.attributes(given);
    const { schemaUrl, asyncAttributesPending } = resource;
    const copy: ReadableOrigin = {
      attributes,
      ...(schemaUrl === undefined ? {} : { schemaUrl }),
      ...(asyncAttributesPending === undefined ? {} : { asyncAttributesPending }),
    };
    const redacted = attributes === given ? resource : copy;
    // What is still to come may be a secret.
    if (asyncAttributesPending !== true) this.#resources.set(resource, redacted);
    return redacted;
  }
}

/** The very same list when no item changes. */
function mapChanged<Item>(items: readonly Item[], change: (item: Item) => Item): readonly Item[] {
  let copy: Item[] | undefined;
  for (const [index, item] of items.entries()) {
    const changed = change(item);
    if (changed !== item) (copy ??= items.slice())[index] = changed;
  }
  return copy ?? items;
}
