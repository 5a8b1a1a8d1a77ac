import { InvalidOptionError, hideText } from "../errors.js";
import { fieldsOf } from "../instruments/index.js";
import { traceCompletions } from "../openai/index.js";
import { AnswerFormats, INSTRUCTOR_MODES, type InstructorMode } from "./answer-formats.js";
import { readMaxRetries } from "./call-settings.js";
import type { CompletionsClient, RequestOf } from "./call-types.js";
import { Instructor } from "./instructor.js";

/** These are the options of `fromOpenAI`. */
export interface InstructorOptions<Client extends CompletionsClient = CompletionsClient> {
  /** Default `tools`. */
  readonly mode?: InstructorMode;
  /** The model of calls that name none. */
  readonly model?: RequestOf<Client> extends { readonly model: infer Model } ? Model : never;
  /** How often an invalid answer is asked for again: extra attempts after the first. Default 2. */
  readonly maxRetries?: number;
}

const OPTIONS: readonly string[] = ["mode", "model", "maxRetries"];

/**
 * This makes an instructor of a client of the `openai` package (6 and 7). The client stays as it is: only the calls
 * that the instructor makes through it are traced, each with one span, whether the client is traced itself or not.
 * Throws `InvalidOptionError` for what is no such client, and for an option that cannot be used.
 *
 * @example
 * ```ts
 * const instructor = fromOpenAI(new OpenAI(), { model: "gpt-4o-mini" });
 * ```
 */
export function fromOpenAI<Client extends CompletionsClient>(
  client: Client,
  options: InstructorOptions<Client> = {},
): Instructor<Client> {
  const { completions } = fieldsOf(fieldsOf(client)["chat"]);
  if (typeof fieldsOf(completions)["create"] !== "function") {
    throw new InvalidOptionError(
      "fromOpenAI client",
      "a client of the openai package, such as new OpenAI()",
      hideText(client),
    );
  }
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new InvalidOptionError("fromOpenAI option", `one of ${OPTIONS.join(", ")}`, unknown);
  const { mode = "tools", maxRetries = 2 } = options;
  const model: unknown = options.model;
  if (!INSTRUCTOR_MODES.includes(mode))
    throw new InvalidOptionError("mode", `one of ${INSTRUCTOR_MODES.join(", ")}`, mode);
  if (model !== undefined && (typeof model !== "string" || model === "")) {
    throw new InvalidOptionError("model", "the name of a model", model);
  }
  return new Instructor({
    mode,
    defaults: { model, maxRetries: readMaxRetries(maxRetries) },
    createCompletion: traceCompletions(client),
    formats: new AnswerFormats(mode),
  });
}
