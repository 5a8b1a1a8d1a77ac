import type { Carrier } from "../context/index.js";
import type { IncomingRequest } from "./incoming-request.js";

const CARRIED = ["traceparent", "tracestate", "baggage"] as const;

/** The part of a `Request` that is read: of the platform's class, a subclass, or a framework's own. */
export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** True for a `Request`, whoever made it. */
export function isFetchRequest(value: unknown): value is FetchRequest {
  if (typeof value !== "object" || value === null) return false;
  const { method, url, headers } = value as Partial<Record<keyof FetchRequest, unknown>>;
  if (typeof method !== "string" || typeof url !== "string") return false;
  return typeof (headers as { get?: unknown } | null | undefined)?.get === "function";
}

/** Reads a `Request`. It does not tell the version of the protocol. */
export function readFetchRequest(request: FetchRequest): IncomingRequest {
  const { method, headers } = request;
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const carrier: Carrier = {};
  for (const name of CARRIED) carrier[name] = headers.get(name) ?? undefined;
  return {
    method,
    path: url?.pathname,
    query: url === undefined || url.search === "" ? undefined : url.search.slice(1),
    scheme: url?.protocol.slice(0, -1),
    host: url?.host,
    userAgent: headers.get("user-agent") ?? undefined,
    protocolVersion: undefined,
    carrier,
  };
}
