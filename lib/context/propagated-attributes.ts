import type { Attributes } from "@opentelemetry/api";
import { DEFAULT_CAPTURE_LIMITS, serializeValue } from "../capture/index.js";
import { log, sharedSlot } from "../internal/index.js";
import * as semconv from "../semconv.js";

/**
 * These attributes say whose call this is. They are put on every span that starts inside the scope, whichever tracer
 * starts it, unless that span sets the same attribute itself. A key that is `undefined` is left as it was outside.
 */
export interface PropagatedAttributes {
  /** The customer: `respan.customer_params.customer_identifier` and `user.id`. */
  readonly customerIdentifier?: string | undefined;
  readonly customerEmail?: string | undefined;
  readonly customerName?: string | undefined;
  /** The conversation: `respan.threads.thread_identifier`, and `session.id` when no session is given. */
  readonly threadIdentifier?: string | undefined;
  /** The session: `respan.sessions.session_identifier` and `session.id`. */
  readonly sessionIdentifier?: string | undefined;
  readonly customIdentifier?: string | undefined;
  readonly evaluationIdentifier?: string | undefined;
  readonly traceGroupIdentifier?: string | undefined;
  /** Alias of `traceGroupIdentifier`. */
  readonly groupIdentifier?: string | undefined;
  /** `production`, `staging`, …: `deployment.environment.name` and `respan.environment`. */
  readonly environment?: string | undefined;
  /** One attribute `respan.metadata.<key>` each; strings as they are, other values as JSON. Nested scopes merge. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** `respan.properties`, as JSON. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  /** `respan.prompt`: the prompt template and its variables, as JSON (a string as it is). */
  readonly prompt?: unknown;
  /** `false` keeps inputs and outputs of everything inside off the spans; nothing inside can switch it on again. */
  readonly captureContent?: boolean | undefined;
}

/** Attributes of a scope as they will be written. Metadata is one attribute a key, and so merges like the others. */
export interface Propagated {
  readonly written: Readonly<Attributes>;
}

type Identifier = Exclude<
  keyof PropagatedAttributes,
  "metadata" | "properties" | "prompt" | "captureContent" | "groupIdentifier"
>;

/** Where each identifier is written. */
export const IDENTIFIER_NAMES: Readonly<Record<Identifier, readonly string[]>> = {
  customerIdentifier: [semconv.CUSTOMER_IDENTIFIER, semconv.USER_ID],
  customerEmail: [semconv.CUSTOMER_EMAIL],
  customerName: [semconv.CUSTOMER_NAME],
  threadIdentifier: [semconv.THREAD_IDENTIFIER],
  sessionIdentifier: [semconv.SESSION_IDENTIFIER],
  customIdentifier: [semconv.CUSTOM_IDENTIFIER],
  evaluationIdentifier: [semconv.EVALUATION_IDENTIFIER],
  traceGroupIdentifier: [semconv.TRACE_GROUP_IDENTIFIER],
  environment: [semconv.DEPLOYMENT_ENVIRONMENT, semconv.RESPAN_ENVIRONMENT],
};

const defaults = sharedSlot<{ current: Propagated | undefined }>("attribute-defaults", () => ({ current: undefined }));

/** Sets the attributes that every span of the process carries, below those of any scope. */
export function setDefaultAttributes(attributes: PropagatedAttributes | undefined): void {
  const propagated = attributes === undefined ? undefined : readAttributes(attributes);
  defaults.current = propagated !== undefined && Object.keys(propagated.written).length > 0 ? propagated : undefined;
}

/** Everything the context says about a span that starts in it: the process's defaults below the scope's own. */
export function effectiveAttributes(propagated: Propagated | undefined): Readonly<Attributes> | undefined {
  const below = defaults.current;
  if (propagated === undefined) return below?.written;
  if (below === undefined) return propagated.written;
  return withSession({ ...below.written, ...propagated.written });
}

/** A new scope's attributes: `inner` replaces `outer` key by key, metadata merges shallowly. */
export function layerAttributes(outer: Propagated | undefined, inner: Propagated): Propagated {
  return outer === undefined ? inner : { written: withSession({ ...outer.written, ...inner.written }) };
}

/** Reads what the user gave: values are copied now. `reader` is who is said to have been given an unknown key. */
export function readAttributes(given: PropagatedAttributes, reader = "propagateAttributes"): Propagated {
  const written: Attributes = {};
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    if (key === "metadata") Object.assign(written, writeMetadata(value));
    else if (key === "properties") written[semconv.PROPERTIES] = toText(value);
    else if (key === "prompt") written[semconv.PROMPT] = toText(value);
    else if (key !== "captureContent") writeIdentifier(written, key, value, reader);
  }
  return { written: withSession(written) };
}

function writeIdentifier(written: Attributes, key: string, value: unknown, reader: string): void {
  const name = key === "groupIdentifier" ? "traceGroupIdentifier" : key;
  if (!isIdentifier(name)) {
    const known = [...Object.keys(IDENTIFIER_NAMES), "groupIdentifier", "metadata", "properties", "prompt"];
    log.warn(
      "SPANDREL_UNKNOWN_ATTRIBUTE",
      `${reader} does not know "${key}" and leaves it out; known: ${known.join(", ")}. ` +
        `Put values of your own under metadata.`,
      key,
    );
    return;
  }
  const text = toText(value);
  for (const attribute of IDENTIFIER_NAMES[name]) written[attribute] = text;
}

function isIdentifier(key: string): key is Identifier {
  return Object.hasOwn(IDENTIFIER_NAMES, key);
}

function writeMetadata(value: unknown): Record<string, string> {
  const written: Record<string, string> = {};
  if (typeof value !== "object" || value === null) {
    written[semconv.METADATA_PREFIX + "value"] = toText(value);
    return written;
  }
  for (const key of Object.keys(value)) {
    const entry: unknown = Reflect.get(value, key);
    if (entry !== undefined) written[semconv.METADATA_PREFIX + key] = toText(entry);
  }
  return written;
}

/** `session.id` is the session if one is given, otherwise the thread. */
function withSession(written: Attributes): Attributes {
  const session = written[semconv.SESSION_IDENTIFIER] ?? written[semconv.THREAD_IDENTIFIER];
  if (session !== undefined) written[semconv.SESSION_ID] = session;
  return written;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : serializeValue(value, DEFAULT_CAPTURE_LIMITS);
}
