import type { IncomingMessage } from "node:http";
import type { IncomingRequest } from "./incoming-request.js";

/** What frameworks put on a request. */
type MaybeExpress = IncomingMessage & {
  /** Within a mounted router `url` is what is left of it. */
  readonly originalUrl?: unknown;
  /** Express looks at `X-Forwarded-Proto`, where its `trust proxy` says so. */
  readonly protocol?: unknown;
};

/** Reads a request of Node's HTTP servers, 1.1 or 2, and of what is built on them. */
export function readNodeRequest(request: IncomingMessage): IncomingRequest {
  const { originalUrl, protocol } = request as MaybeExpress;
  const { method = "", headers, httpVersion } = request;
  const target = typeof originalUrl === "string" ? originalUrl : (request.url ?? "");
  const { path, query } = splitTarget(target);
  const isEncrypted = (request.socket as { readonly encrypted?: unknown } | undefined)?.encrypted === true;
  return {
    method,
    path,
    query,
    scheme: typeof protocol === "string" ? protocol : isEncrypted ? "https" : "http",
    host: readText(headers[":authority"]) ?? headers.host,
    userAgent: headers["user-agent"],
    protocolVersion: httpVersion === "2.0" ? "2" : httpVersion,
    carrier: headers,
  };
}

/** A proxy's request has a whole address for its target. */
function splitTarget(target: string): Pick<IncomingRequest, "path" | "query"> {
  if (!target.startsWith("/") && URL.canParse(target)) {
    const { pathname, search } = new URL(target);
    return { path: pathname, query: search === "" ? undefined : search.slice(1) };
  }
  const at = target.indexOf("?");
  return at < 0 ? { path: target, query: undefined } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
