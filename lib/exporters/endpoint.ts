import { InvalidOptionError, hideText } from "../errors.js";
import { trimEnd } from "./trim-end.js";

/**
 * This reads an address. Throws `InvalidOptionError` under this name for what is no http or https URL, and never shows
 * the address: it may hold a password or a key.
 */
export function readEndpoint(option: string, given: unknown, example: string): URL {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  const isHttp = url !== undefined && ["http:", "https:"].includes(url.protocol);
  if (!isHttp || !isDecodable(url.username) || !isDecodable(url.password))
    throw new InvalidOptionError(option, `a URL such as ${example}`, hideText(given));
  return url;
}

/** The address with this, once, at the end of its path, in place of the slashes there; query and all else stay. */
export function withPath(url: URL, path: string): URL {
  const extended = new URL(url);
  const base = trimEnd(url.pathname, "/");
  extended.pathname = base.endsWith(path) ? base : base + path;
  return extended;
}

/** What of an address may be shown: no user, password, query or fragment. */
export function showEndpoint(url: URL): string {
  return url.origin + url.pathname;
}

/** What of an address may be a key, as it is written and as it is meant. */
export function secretsOf({ username, password, search, searchParams }: URL): string[] {
  const written = [username, password, search.slice(1)];
  return [...written, ...[username, password].map(decodeURIComponent), ...searchParams.values()];
}

/** Node decodes user and password when it sends them, and throws where it cannot. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
