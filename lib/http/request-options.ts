import type { IncomingMessage } from "node:http";
import type { PropagatedAttributes } from "../context/index.js";
import { type Check, checkOptions, isBoolean, isFunction } from "./check-options.js";

/**
 * These options say what is known of a request, and whom to believe. `Req` is the request as the framework hands it
 * over: Node's own, Express's, Fastify's, Hono's context, or a `Request`.
 */
export interface RequestContextOptions<Req = IncomingMessage> {
  /**
   * Whose request this is: put on every span that starts in it, as `propagateAttributes` does. Called once a request,
   * before anything else is; a throw is contained, said once, and costs the attributes. Default: none.
   */
  readonly attributes?: ((request: Req) => PropagatedAttributes | undefined) | undefined;
  /** False opens no server span. Default `true`: one is opened where no span is recording already. */
  readonly spans?: boolean | undefined;
  /**
   * What is done with the `traceparent` and `baggage` that a request brings. `false` (default): nothing. `true`: its trace
   * is continued, and the attributes that `injectContext` was told to include are taken over: for callers you trust, as
   * they can join any trace and name any customer. `"link"`: the trace is new, and its server span has a link to theirs.
   */
  readonly trustIncoming?: boolean | "link" | undefined;
  /**
   * True writes `url.query`. Default `false`: queries carry what users typed, signatures and one-time codes, which no
   * list of names knows. It is content, and so is never written where `captureContent` is off.
   */
  readonly captureQuery?: boolean | undefined;
}

/** The options, checked, with their defaults. */
export interface RequestSettings<Req> {
  readonly attributes: ((request: Req) => unknown) | undefined;
  readonly isTraced: boolean;
  readonly trustIncoming: boolean | "link";
  readonly isQueryCaptured: boolean;
}

/** What each option has to be. */
export const REQUEST_CHECKS: Readonly<Record<keyof RequestContextOptions, Check>> = {
  attributes: [isFunction, "a function of the request"],
  spans: [isBoolean, "true or false"],
  trustIncoming: [(value) => isBoolean(value) || value === "link", 'true, false or "link"'],
  captureQuery: [isBoolean, "true or false"],
};

/** Reads the options of `owner`. Throws an `InvalidOptionError` for one that cannot be used. */
export function readRequestOptions<Req>(
  owner: string,
  given: RequestContextOptions<Req> | undefined,
  checks: Readonly<Record<string, Check>> = REQUEST_CHECKS,
): RequestSettings<Req> {
  checkOptions(owner, given, checks);
  return {
    attributes: given?.attributes,
    isTraced: given?.spans ?? true,
    trustIncoming: given?.trustIncoming ?? false,
    isQueryCaptured: given?.captureQuery ?? false,
  };
}
