import type { $ZodRawIssue, $ZodType, ParseContextInternal, ParsePayload } from "zod/v4/core";

import { type Path, readIssues, type ValidationIssue } from "../response-schema/index.js";
import { Replay } from "./take-apart.js";
import type { Outcome } from "./take-apart.js";

/** This is a value that has been read to its end. Its schema runs once, whoever asks for what comes of it. */
export class FinishedPart extends Replay {
  readonly value: unknown;
  readonly #schema: $ZodType;
  readonly #path: Path;
  readonly #replaceMembers: (() => unknown) | undefined;
  #outcome: Outcome | undefined;
  #isSettled = false;
  #issues: readonly ValidationIssue[] = [];

  /** `replaceMembers` gives the value with those members replaced that are parts themselves. */
  constructor(schema: $ZodType, value: unknown, path: Path, replaceMembers?: () => unknown) {
    super();
    this.#schema = schema;
    this.value = value;
    this.#path = path;
    this.#replaceMembers = replaceMembers;
  }

  /** What is wrong, with paths from the root; empty until the outcome is there. */
  get issues(): readonly ValidationIssue[] {
    return this.#issues;
  }

  /** True once it has come out without an issue. */
  get isFine(): boolean {
    return this.#isSettled && this.#issues.length === 0;
  }

  /** What came as a promise comes as one again: zod puts issues in another order then. */
  override run(context: ParseContextInternal): Outcome {
    return (this.#outcome ??= this.#start(context));
  }

  #start(context: ParseContextInternal): Outcome {
    const value = this.#replaceMembers?.() ?? this.value;
    try {
      const outcome = this.#schema._zod.run({ value, issues: [] }, context);
      if (!(outcome instanceof Promise)) return this.#settle(outcome, value, context);
      return handled(outcome.then((payload) => this.#settle(payload, value, context)));
    } catch (error) {
      // A check that threw is not run again either.
      return handled(Promise.reject<ParsePayload>(error as Error));
    }
  }

  #settle(payload: ParsePayload, value: unknown, context: ParseContextInternal): ParsePayload {
    const issues = payload.issues.map((issue) =>
      issue.input === value ? ({ ...issue, input: this.value } as $ZodRawIssue) : issue,
    );
    if (issues.length > 0) this.#issues = readIssues(issues, this.value, this.#path, context);
    this.#isSettled = true;
    return { ...payload, issues };
  }
}

/** Whoever asks hears of a rejection; that nobody has yet is no fault of the process. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
