import { readEndpoint } from "./endpoint.js";
import { trimEnd } from "./trim-end.js";

export const DEFAULT_BASE_URL = "https://api.respan.co/api";

/**
 * This returns where Respan takes traces: `<base>/v2/traces`. The base may be a host alone, with or without `https://`
 * (its API is under `/api`), and may end in `/`, `/v2` or the whole of `/v2/traces`. Throws `InvalidOptionError`.
 */
export function readRespanEndpoint(option: string, given: unknown): URL {
  const address = typeof given === "string" && !given.includes("://") ? `https://${given.trim()}` : given;
  const url = readEndpoint(option, address, DEFAULT_BASE_URL);
  const path = trimEnd(url.pathname, "/");
  const base = path === "" ? "/api" : path.replace(/\/v2(\/traces)?$/, "");
  url.pathname = `${base}/v2/traces`;
  return url;
}
