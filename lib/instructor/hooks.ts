import { InvalidOptionError } from "../errors.js";
import { contain } from "../internal/index.js";
import type { ValidationIssue } from "../response-schema/index.js";

/** What every event says of its attempt. */
export interface AttemptEvent {
  /** From 1. */
  readonly attempt: number;
  /** `maxRetries` + 1; 1 for a stream without `retryStream`. */
  readonly maxAttempts: number;
  /** True when no other attempt will be made; of an attempt that is not over yet, unless time or tokens run out. */
  readonly isLastAttempt: boolean;
}

/** These are the events of an extraction, by name. */
export interface InstructorEvents<Request = unknown, Completion = unknown> {
  /** Before a request is sent: a copy of it, as it goes over the wire. */
  "completion:kwargs": AttemptEvent & { readonly kwargs: Request };
  /** A whole answer is there; of a stream, put together from its chunks. */
  "completion:response": AttemptEvent & { readonly response: Completion };
  /** There is no answer to be read: the client threw, or the answer is a refusal, cut off or withheld. */
  "completion:error": AttemptEvent & { readonly error: unknown };
  /** The answer, or an item of it, is not valid. */
  "parse:error": AttemptEvent & { readonly issues: readonly ValidationIssue[] };
  /** The extraction has failed for good: what is thrown at the caller. */
  "completion:last_attempt": AttemptEvent & { readonly error: unknown };
}

/** This names one of the five events, as Instructor names them. */
export type HookName = keyof InstructorEvents;

/** This is called with each event of one name. What it returns is not waited for; what it throws is contained. */
export type Hook<Event> = (event: Event) => unknown;

/** These are hooks of one call, by event. */
export type InstructorHooks<Request = unknown, Completion = unknown> = {
  readonly [Name in HookName]?: Hook<InstructorEvents<Request, Completion>[Name]>;
};

const HOOK_NAMES: readonly string[] = [
  "completion:kwargs",
  "completion:response",
  "completion:error",
  "completion:last_attempt",
  "parse:error",
] satisfies HookName[];

type AnyHook = (event: never) => unknown;

/** The hooks of one client. */
export class HookRegistry {
  readonly #hooks = new Map<string, Set<AnyHook>>();

  add(name: string, hook: unknown): void {
    checkHook(name, hook);
    const hooks = this.#hooks.get(name) ?? new Set();
    this.#hooks.set(name, hooks.add(hook as AnyHook));
  }

  delete(name: string, hook: unknown): void {
    checkHook(name, hook);
    this.#hooks.get(name)?.delete(hook as AnyHook);
  }

  /** The client's hooks in the order they were added, then the call's. */
  fire<Name extends HookName>(name: Name, own: InstructorHooks | undefined, event: () => InstructorEvents[Name]): void {
    const client = this.#hooks.get(name);
    const ownHook = own?.[name];
    if ((client === undefined || client.size === 0) && ownHook === undefined) return;
    // A copy: a hook may take itself off.
    const hooks = [...(client ?? []), ...(ownHook === undefined ? [] : [ownHook])] as Hook<InstructorEvents[Name]>[];
    for (const hook of hooks) run(hook, name, event);
  }
}

/** Throws for what is no hook of an event there is. */
export function checkHook(name: string, hook: unknown): void {
  if (!HOOK_NAMES.includes(name))
    throw new InvalidOptionError("the hook's name", `one of ${HOOK_NAMES.join(", ")}`, name);
  if (typeof hook !== "function") throw new InvalidOptionError(`the hook of ${name}`, "a function", hook);
}

function run<Event>(hook: Hook<Event>, name: string, toEvent: () => Event): void {
  const failed = (error: unknown): void => contain("SPANDREL_HOOK_FAILED", `a hook of ${name}`, error);
  try {
    const result = hook(toEvent());
    if (typeof result === "object" && result !== null && "then" in result) Promise.resolve(result).catch(failed);
  } catch (error) {
    failed(error);
  }
}
