import { isFetchResponse } from "./follow-fetch-response.js";

const NEXT_REDIRECT = "NEXT_REDIRECT";
const NEXT_STATUS = "NEXT_HTTP_ERROR_FALLBACK";

/**
 * The status that a thrown value stands for, where throwing is the framework's way to answer: a `Response`, or what
 * Next's `redirect()`, `notFound()` and the like throw, which its `digest` tells. Undefined for what is an error.
 */
export function readThrownStatus(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  try {
    if (isFetchResponse(thrown)) return thrown.status;
    const { digest } = thrown as { readonly digest?: unknown };
    if (typeof digest !== "string") return undefined;
    const parts = digest.split(";");
    if (parts[0] === NEXT_STATUS) return readStatus(parts[1]);
    // `NEXT_REDIRECT;replace;/login;307;`: the address may have semicolons of its own.
    return parts[0] === NEXT_REDIRECT ? (readStatus(parts.at(-2)) ?? 307) : undefined;
  } catch {
    return undefined;
  }
}

function readStatus(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{3}$/.test(text) ? Number(text) : undefined;
}
