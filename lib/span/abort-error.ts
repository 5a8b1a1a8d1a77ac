/** How many causes are looked at. */
const MAX_CAUSES = 4;

/** Classes of the clients for a call that was aborted; their errors' `name` is "Error". */
const CLIENT_CLASSES: readonly unknown[] = ["APIUserAbortError"];

/** True for what is thrown where work was aborted: by the platform, by Node.js, by the clients, or because of any of these. */
export function isAbortError(error: unknown): boolean {
  let one = error;
  try {
    for (let depth = 0; depth <= MAX_CAUSES && typeof one === "object" && one !== null; depth++) {
      if (Reflect.get(one, "name") === "AbortError") return true;
      if (one instanceof Error && CLIENT_CLASSES.includes(one.constructor.name)) return true;
      one = Reflect.get(one, "cause");
    }
  } catch {
    // What cannot be read was not thrown by an abort.
  }
  return false;
}
