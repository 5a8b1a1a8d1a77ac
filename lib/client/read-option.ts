import { contain } from "../internal/index.js";

/** Reads a part of what the user gave to a method; one that cannot be read is left out, and costs no other. */
export function readOption<T>(method: string, option: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    contain("SPANDREL_SPAN_MISUSED", `reading the ${option} given to ${method}`, error);
    return undefined;
  }
}
