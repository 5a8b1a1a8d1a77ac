interface Hooks {
  readonly all: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Who is to be told of each signal. A service has one signal for its shutdown and any number of streams: Node warns of a
 * leak where more than ten listen to one signal, and so it is one listener for them all.
 */
const hooks = new WeakMap<AbortSignal, Hooks>();

/** This calls `hook` when the signal is aborted, unless `removeAbortHook` comes first. */
export function addAbortHook(signal: AbortSignal, hook: () => void): void {
  const known = hooks.get(signal);
  if (known !== undefined) {
    known.all.add(hook);
    return;
  }
  const all = new Set([hook]);
  const listener = (): void => {
    hooks.delete(signal);
    for (const one of all) one();
    all.clear();
  };
  hooks.set(signal, { all, listener });
  signal.addEventListener("abort", listener, { once: true });
}

/** Takes the hook back; with the last one goes the listener. */
export function removeAbortHook(signal: AbortSignal, hook: () => void): void {
  const known = hooks.get(signal);
  if (known === undefined) return;
  known.all.delete(hook);
  if (known.all.size > 0) return;
  hooks.delete(signal);
  signal.removeEventListener("abort", known.listener);
}
