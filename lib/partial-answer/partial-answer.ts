import type { ParsePayload } from "zod/v4/core";

import { PartialJsonParser } from "../partial-json/index.js";
import {
  type Path,
  type ResponseSchema,
  runContext,
  type ValidationIssue,
  type ValidationResult,
} from "../response-schema/index.js";
import type { FinishedPart } from "./finished-part.js";
import { OpenSpine } from "./open-spine.js";

/**
 * This reads one streamed answer against a response schema: snapshots while it grows, each finished part validated
 * once.
 *
 * **Snapshots** have the shape of the schema's input: the wrapper taken off, nulls that stand for missing values
 * dropped, no defaults and no transforms. They never change, and share what is closed; do not write to them. Where a
 * schema wraps its value and the model writes an object without the wrapper's key, nothing is known until it closes.
 *
 * **Parts** are the members of objects, arrays, tuples and maps with free keys, at any depth, also below optional,
 * nullable, defaulted, readonly, lazy and piped schemas. A part's checks and transforms run when it has been read to
 * its end; those of the container run when that has, over what came of its parts. Anything else (a union, an
 * intersection, a codec, …) is one part. A key that comes again makes its member another part.
 *
 * @example
 * ```ts
 * const schema = createResponseSchema(z.object({ name: z.string().min(3), age: z.number() }), { strict: true });
 * const answer = new PartialAnswer(schema);
 * answer.push('{"name":"Al","age":3');
 * answer.snapshot; // { name: "Al" }
 * await answer.validateFinished(); // [{ path: ["name"], code: "too_small", … }]
 * answer.push("2}");
 * await answer.finish(); // { success: false, issues: [{ path: ["name"], … }] }
 * ```
 */
export class PartialAnswer<T> {
  readonly #schema: ResponseSchema<T>;
  readonly #parser = new PartialJsonParser();
  readonly #spine: OpenSpine;
  readonly #context = runContext();
  /** Runs that are not over, and those that a check made fail by throwing. */
  readonly #running = new Set<Promise<ParsePayload>>();

  constructor(schema: ResponseSchema<T>) {
    this.#schema = schema;
    this.#spine = new OpenSpine(schema.zodSchema);
  }

  /**
   * This reads on.
   *
   * @throws PartialJsonError at the first code unit that no JSON text could have there; behind the closed value that is
   * anything but white space.
   */
  push(text: string): void {
    this.#parser.push(text);
  }

  /** This is true once the root value is closed. A number at the root is closed by white space or by `finish`. */
  get isClosed(): boolean {
    return this.#parser.isComplete([]);
  }

  /** This is what is known now: the same object as before when nothing has changed, undefined before anything is known. */
  get snapshot(): unknown {
    this.#follow();
    return this.#spine.shown;
  }

  /**
   * This validates every part that was finished since the last call, and resolves with all issues found so far, with
   * paths from the root of the value. Rejects, as does every later call, with what a refinement threw.
   */
  async validateFinished(): Promise<readonly ValidationIssue[]> {
    this.#follow();
    const levels = [...this.#spine.levels];
    for (const part of this.#spine.takeClosed()) this.#run(part);
    for (const part of levels.flatMap((level) => level.takeFinished())) this.#run(part);
    await Promise.all(this.#running);
    return levels.flatMap((level) => level.issues());
  }

  /**
   * This says that no more text comes, and gives what `schema.validate(schema.unwrap(JSON.parse(text)))` would. Checks
   * that have run do not run again.
   *
   * @throws PartialJsonError when the JSON is not whole.
   */
  async finish(): Promise<ValidationResult<T>> {
    this.#parser.finish();
    this.#follow();
    for (const part of this.#spine.takeClosed()) this.#run(part);
    const { root } = this.#spine;
    const { value } = await root.run(this.#context);
    return root.issues.length > 0 ? { success: false, issues: root.issues } : { success: true, data: value as T };
  }

  #run(part: FinishedPart): void {
    const outcome = part.run(this.#context);
    if (!(outcome instanceof Promise) || this.#running.has(outcome)) return;
    this.#running.add(outcome);
    outcome.then(
      () => this.#running.delete(outcome),
      () => undefined,
    );
  }

  #follow(): void {
    const place = this.#place;
    if (place === undefined) return this.#spine.update(undefined, undefined);
    const value = place.reduce<unknown>((node, key) => Reflect.get(Object(node), key), this.#parser.value);
    const isOpen = value !== undefined && !this.#parser.isComplete(place);
    this.#spine.update(value, isOpen ? this.#parser.openPath.slice(place.length) : undefined);
  }

  /** Where the schema's value is in what the parser has; undefined while that is not known. */
  get #place(): Path | undefined {
    const { wrapperKey } = this.#schema;
    const answer = this.#parser.value;
    if (wrapperKey === undefined || typeof answer !== "object" || answer === null || Array.isArray(answer)) return [];
    if (Object.hasOwn(answer, wrapperKey)) return [wrapperKey];
    // The key may still come.
    return this.isClosed ? [] : undefined;
  }
}
