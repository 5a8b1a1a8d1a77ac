import type { IncomingMessage } from "node:http";

/** What Express leaves on a request whose route it has found. */
interface Routed {
  readonly route?: { readonly path?: unknown };
  readonly baseUrl?: unknown;
  readonly originalUrl?: unknown;
  readonly params?: unknown;
}

/** What may stand for more, or fewer, than one segment. */
const FLEXIBLE = /[*{}()?+]/;

/**
 * The route that Express has found for a request, its mount included; undefined where there is none, or where it cannot
 * be told. A mount is known as the request has it: parameters in it get their names back where `mergeParams` tells them.
 */
export function readExpressRoute(request: IncomingMessage): string | undefined {
  const { route, baseUrl, originalUrl, params } = request as Routed;
  const path: unknown = route?.path;
  if (path instanceof RegExp) return typeof baseUrl === "string" && baseUrl !== "" ? undefined : String(path);
  if (typeof path !== "string") return undefined;
  const mount = typeof baseUrl === "string" && baseUrl !== "" ? baseUrl : findMount(path, originalUrl);
  if (mount === undefined) return undefined;
  const whole = nameParams(mount, path, params) + path;
  return whole.length > 1 && whole.endsWith("/") ? whole.slice(0, -1) : whole;
}

/**
 * Where the handler has failed, Express has left the router, and forgotten its mount, by the time of the response. What the
 * address has more than the pattern is the mount then; with a wildcard in the pattern, only that there is none can be told.
 */
function findMount(path: string, originalUrl: unknown): string | undefined {
  if (typeof originalUrl !== "string") return "";
  const given = segmentsOf(originalUrl.split("?")[0] ?? "");
  const own = segmentsOf(path);
  const flexible = own.findIndex((segment) => FLEXIBLE.test(segment));
  if (flexible < 0) {
    const mount = given.slice(0, Math.max(0, given.length - own.length));
    return mount.map((segment) => `/${segment}`).join("");
  }
  const fixed = own.slice(0, flexible);
  return fixed.every((segment, at) => segment.startsWith(":") || segment === given[at]) ? "" : undefined;
}

/** Parameters of the mount, which are those that the route itself does not name. */
function nameParams(mount: string, path: string, params: unknown): string {
  if (typeof params !== "object" || params === null) return mount;
  const names = new Map<unknown, string>();
  for (const [name, value] of Object.entries(params)) if (!path.includes(`:${name}`)) names.set(value, name);
  if (names.size === 0) return mount;
  return mount
    .split("/")
    .map((segment) => {
      const name = names.get(decode(segment));
      return name === undefined || segment === "" ? segment : `:${name}`;
    })
    .join("/");
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
