import { isatty } from "node:tty";
import { isMainThread } from "node:worker_threads";
import { sharedSlot } from "../internal/index.js";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;
type EndSignal = (typeof SIGNALS)[number];

/** Spans have this long to leave after a signal, whatever exporters do. */
const SIGNAL_MILLIS = 2_000;

/** This is somebody who has spans to deliver before the process may end. */
export interface Departure {
  /** Never rejects, and takes no longer. */
  flush(withinMillis: number): Promise<void>;
  /** The last word, in one turn: nothing may run after it. Never throws. */
  finish(): void;
}

/** One for the process, although the package may be loaded twice: two of them would take each other for the user. */
const departures = sharedSlot<{ all: Set<Departure>; stop: (() => void) | undefined }>("departures", () => ({
  all: new Set(),
  stop: undefined,
}));

/**
 * This lets spans leave when SIGTERM or SIGINT comes, in 2 s at most, and then the process end by that signal as it
 * would have at once. Where somebody else listens for the signal too, the end is theirs: only the flush is started.
 * A second signal meanwhile ends the process at once. Returns the undoing.
 *
 * It listens for nothing on Windows, where signals cannot be sent on, and in worker threads, which get none.
 */
export function flushOnSignals(departure: Departure): () => void {
  if (!isMainThread || process.platform === "win32") return () => {};
  departures.all.add(departure);
  departures.stop ??= listen(isDebugged() ? ["SIGTERM"] : SIGNALS);
  return () => {
    departures.all.delete(departure);
    if (departures.all.size > 0) return;
    departures.stop?.();
    departures.stop = undefined;
  };
}

function listen(signals: readonly EndSignal[]): () => void {
  let ending: EndSignal | undefined;
  let hasEnded = false;
  /** What a listener that is called once has left in this turn, before it is called itself. */
  const justLeft = new Set<unknown>();

  const onRemoved = (event: unknown, listener: unknown): void => {
    if (listener === onSignal || !signals.some((signal) => signal === event)) return;
    justLeft.add(event);
    queueMicrotask(() => justLeft.clear());
  };
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
    process.off("removeListener", onRemoved);
  };
  const end = (signal: EndSignal): void => {
    if (hasEnded) return;
    hasEnded = true;
    for (const { finish } of departures.all) finish();
    stop();
    leaveRawMode();
    process.kill(process.pid, signal);
  };
  // Without a number it is no signal but somebody's `process.emit`, which has never ended a process.
  const onSignal = (signal: EndSignal, number?: number): void => {
    if (ending !== undefined) return end(ending);
    const isOurs = number !== undefined && !justLeft.has(signal) && hasNoOtherListener(signal, onSignal);
    if (isOurs) ending = signal;
    const flushed = Promise.all([...departures.all].map((departure) => departure.flush(SIGNAL_MILLIS)));
    if (isOurs) void flushed.then(() => end(signal));
  };

  for (const signal of signals) process.on(signal, onSignal);
  process.on("removeListener", onRemoved);
  return stop;
}

/**
 * True where nobody but us would keep the signal from ending the process. The listeners of `signal-exit` do not: they
 * send it again once they are alone, and say in public how many they are (v3 and v4, each in a place of its own).
 */
function hasNoOtherListener(signal: EndSignal, ours: unknown): boolean {
  const others = process.listeners(signal).filter((listener) => listener !== ours).length;
  const polite = [Reflect.get(process, "__signal_exit_emitter__"), Reflect.get(globalThis, SIGNAL_EXIT_4)]
    .map((emitter: unknown) => (isObject(emitter) ? emitter["count"] : undefined))
    .reduce<number>((sum, count) => (typeof count === "number" ? sum + count : sum), 0);
  return others <= polite;
}

const SIGNAL_EXIT_4 = Symbol.for("signal-exit emitter");

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A program that is halted by a debugger, or in the REPL, is stopped by SIGINT, and no listener could run then. */
function isDebugged(): boolean {
  const flags = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  if (flags.some((flag) => /^(--inspect|--interactive$|-i$)/.test(flag))) return true;
  return process.argv.length === 1 && isatty(0) && !flags.some((flag) => /^-(-eval|-print|[ep]+$)/.test(flag));
}

/** Node does so itself before it dies of a signal, but not of one for which there has ever been a listener. */
function leaveRawMode(): void {
  try {
    if (isatty(0) && process.stdin.isRaw) process.stdin.setRawMode(false);
  } catch {
    // The terminal may be gone, which may well be why the signal came.
  }
}
