/**
 * The state that must be one per process although the package may be loaded twice (as ESM and as CommonJS).
 * The key carries a version: a release that changes the shape of any slot raises it.
 */
const STATE_KEY = Symbol.for("spandrel.state.v1");

type Slots = Map<string, object>;

/**
 * This returns the process-wide object of this name, made by `create` on first use by whichever copy comes first.
 * Callers keep the object and mutate its fields; they never replace it.
 */
export function sharedSlot<T extends object>(name: string, create: () => T): T {
  const holder: typeof globalThis & { [STATE_KEY]?: Slots } = globalThis;
  const slots = (holder[STATE_KEY] ??= new Map());
  let slot = slots.get(name);
  if (slot === undefined) slots.set(name, (slot = create()));
  return slot as T;
}
