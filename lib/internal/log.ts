import { sharedSlot } from "./shared-state.js";

const LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** How much Spandrel says on stderr. `warn` is the default; `silent` says nothing at all. */
export type LogLevel = (typeof LEVELS)[number];

/** True when the value is one of the five level names. */
export function isLogLevel(value: unknown): value is LogLevel {
  return LEVELS.some((level) => level === value);
}

interface LogState {
  level: LogLevel;
  said: Set<string>;
  faults: Record<string, number>;
  write: (line: string) => void;
}

const state = sharedSlot<LogState>("log", () => ({
  level: "warn",
  said: new Set(),
  faults: Object.create(null) as Record<string, number>,
  write: (line) => void process.stderr.write(line),
}));

/** Bounds the memory of what was said when codes carry user-chosen names. */
const MAX_SAID = 1000;

function say(level: Exclude<LogLevel, "silent">, code: string, message: string, about: string): void {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(state.level)) return;
  const key = `${level} ${code} ${about}`;
  if (state.said.has(key) || state.said.size >= MAX_SAID) return;
  state.said.add(key);
  try {
    state.write(`spandrel: ${code}: ${message}\n`);
  } catch {
    // A closed stderr must not become the caller's problem.
  }
}

/**
 * The one logger. Each message is written to stderr once per code (and per `about`, where one code speaks of several
 * things, such as processor names). It never throws and never blocks longer than the write itself.
 */
export const log = {
  debug: (code: string, message: string, about = ""): void => say("debug", code, message, about),
  info: (code: string, message: string, about = ""): void => say("info", code, message, about),
  warn: (code: string, message: string, about = ""): void => say("warn", code, message, about),
  error: (code: string, message: string, about = ""): void => say("error", code, message, about),
};

/** Sets the level for the whole process. */
export function setLogLevel(level: LogLevel): void {
  state.level = level;
}

/** Forgets what was said, and sets where lines go; `startTelemetry` and specs use it. */
export function resetLog(write?: (line: string) => void): void {
  state.said.clear();
  for (const code of Object.keys(state.faults)) delete state.faults[code];
  if (write !== undefined) state.write = write;
}

/**
 * This counts a failure of our own that was kept from the caller, and says it once per code.
 * `what` names the action that failed, in words a user understands.
 */
export function contain(code: string, what: string, error: unknown): void {
  state.faults[code] = (state.faults[code] ?? 0) + 1;
  log.warn(code, `${what} failed and was contained: ${errorText(error)}`);
}

/** How often each contained failure has happened, by code. */
export function containedFaults(): Readonly<Record<string, number>> {
  return { ...state.faults };
}

/** The message of any thrown value, without ever throwing itself. */
export function errorText(error: unknown): string {
  try {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
    return String(error);
  } catch {
    return "an error that cannot be read";
  }
}
