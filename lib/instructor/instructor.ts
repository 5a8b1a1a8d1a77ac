import { context } from "@opentelemetry/api";
import type { $ZodType, output } from "zod/v4/core";

import { fieldsOf } from "../instruments/index.js";
import { followIterator } from "../span/index.js";
import type { AnswerFormat } from "./answer-format.js";
import type { AnswerFormats, InstructorMode } from "./answer-formats.js";
import { type CallSettings, type ClientDefaults, readCallSettings } from "./call-settings.js";
import type {
  CompletionOf,
  CompletionsClient,
  ExtractionOptions,
  IterableOptions,
  PartialOf,
  RequestOf,
  StreamOptions,
} from "./call-types.js";
import { extractItems } from "./extract-items.js";
import { extractPartials } from "./extract-partials.js";
import { extractValue } from "./extract-value.js";
import { Extraction, type ExtractionClient } from "./extraction.js";
import { ExtractionSpan } from "./extraction-span.js";
import { type Hook, type HookName, HookRegistry, type InstructorEvents } from "./hooks.js";
import { validationContext } from "./validation-context.js";

/** What an instructor is made of. */
export interface InstructorParts {
  readonly mode: InstructorMode;
  readonly defaults: ClientDefaults;
  readonly createCompletion: ExtractionClient["createCompletion"];
  readonly formats: AnswerFormats;
}

/**
 * This gets typed, validated values out of a model. An answer that is not valid is shown to the model with what is
 * wrong with it, and asked for again. Each call is a span, with one below it for each attempt.
 *
 * All methods throw, or reject with: the client's own errors, which are not asked again; an `InstructorError`
 * (`InstructorRetryError`, `IncompleteOutputError`, `RefusalError`, `ContentFilterError`, `StreamCutError`); the
 * `reason` of an aborted `signal`; a `SchemaError` or `InvalidOptionError` before anything is sent.
 */
export class Instructor<Client extends CompletionsClient> {
  readonly #parts: InstructorParts;
  readonly #hooks = new HookRegistry();

  /** @internal */
  constructor(parts: InstructorParts) {
    this.#parts = parts;
  }

  /**
   * This asks for one value.
   *
   * @example
   * ```ts
   * const User = z.object({ name: z.string(), age: z.int() });
   * const user = await instructor.create({
   *   responseModel: User,
   *   messages: [{ role: "user", content: "Sarah Chen is 29." }],
   * }); // { name: "Sarah Chen", age: 29 }
   * ```
   */
  async create<Schema extends $ZodType>(options: ExtractionOptions<Client, Schema>): Promise<output<Schema>> {
    const [value] = await this.#extract("instructor.create", options);
    return value;
  }

  /** This asks for one value, and gives the completion beside it that it came in, as the client gave it. */
  async createWithCompletion<Schema extends $ZodType>(
    options: ExtractionOptions<Client, Schema>,
  ): Promise<[value: output<Schema>, completion: CompletionOf<Client>]> {
    return this.#extract("instructor.create_with_completion", options);
  }

  /**
   * This asks for a list and yields each item as soon as it is whole and valid; `responseModel` is the schema of one
   * item. Nothing is sent before the first pull, and leaving the loop ends the request.
   *
   * @example
   * ```ts
   * for await (const task of instructor.createIterable({ responseModel: Task, messages })) console.log(task.owner);
   * ```
   */
  createIterable<Schema extends $ZodType>(
    options: IterableOptions<Client, Schema>,
  ): AsyncGenerator<output<Schema>, void, undefined> {
    const settings = this.#read(options);
    const format = this.#parts.formats.listOf(options.responseModel);
    const span = this.#span("instructor.create_iterable", settings, format, true);
    const open = (): Extraction => new Extraction(this.#client, settings, format, span, attemptsOfStream(settings));
    return followed(extractItems(open, format, settings), span) as AsyncGenerator<output<Schema>, void, undefined>;
  }

  /**
   * This asks for one value and yields what is known of it whenever more is, and at last the value, validated, which is
   * also what the generator returns. What it yields before is in the form of the schema's input, has not been through
   * defaults and transforms, and never changes afterwards. A part that is finished and not valid fails the stream
   * there. Nothing is sent before the first pull, and leaving the loop ends the request.
   */
  createPartial<Schema extends $ZodType>(
    options: StreamOptions<Client, Schema>,
  ): AsyncGenerator<PartialOf<Schema>, output<Schema>, undefined> {
    const settings = this.#read(options);
    const format = this.#parts.formats.valueOf(options.responseModel);
    const span = this.#span("instructor.create_partial", settings, format, false);
    const open = (): Extraction => new Extraction(this.#client, settings, format, span, attemptsOfStream(settings));
    const partials = extractPartials(open, format, settings);
    return followed(partials, span) as AsyncGenerator<PartialOf<Schema>, output<Schema>, undefined>;
  }

  /** This calls `hook` with every event of that name, of all calls of this instructor, until it is taken off. */
  on<Name extends HookName>(
    name: Name,
    hook: Hook<InstructorEvents<RequestOf<Client>, CompletionOf<Client>>[Name]>,
  ): this {
    this.#hooks.add(name, hook);
    return this;
  }

  /** This takes a hook off; one that is not there is no error. */
  off<Name extends HookName>(
    name: Name,
    hook: Hook<InstructorEvents<RequestOf<Client>, CompletionOf<Client>>[Name]>,
  ): this {
    this.#hooks.delete(name, hook);
    return this;
  }

  /** This is the `context` of the call whose schema is being run; undefined outside. */
  validationContext(): unknown {
    return validationContext();
  }

  get #client(): ExtractionClient {
    return { createCompletion: this.#parts.createCompletion, hooks: this.#hooks };
  }

  async #extract<Schema extends $ZodType>(
    name: string,
    options: ExtractionOptions<Client, Schema>,
  ): Promise<[output<Schema>, CompletionOf<Client>]> {
    const settings = this.#read(options);
    const format = this.#parts.formats.valueOf(options.responseModel);
    const span = this.#span(name, settings, format, false);
    const extraction = new Extraction(this.#client, settings, format, span, settings.maxRetries + 1);
    const scope = span.start();
    try {
      const extracting = (): Promise<[unknown, unknown]> => extractValue(extraction, format);
      const result = await (scope === undefined ? extracting() : context.with(scope, extracting));
      span.complete(result[0]);
      return result as [output<Schema>, CompletionOf<Client>];
    } catch (error) {
      span.fail(error);
      throw error;
    }
  }

  #read(options: unknown): CallSettings {
    return readCallSettings(fieldsOf(options), this.#parts.defaults);
  }

  #span(name: string, { messages }: CallSettings, format: AnswerFormat<unknown>, isList: boolean): ExtractionSpan {
    const { functions, keys } = format;
    return new ExtractionSpan({ name, mode: this.#parts.mode, functions, keys, messages, isList });
  }
}

function attemptsOfStream({ retryStream, maxRetries }: CallSettings): number {
  return retryStream ? maxRetries + 1 : 1;
}

/** The generator itself, each of whose steps runs in the span's context and is told to it. */
function followed<Generator extends object>(generator: Generator, span: ExtractionSpan): Generator {
  followIterator(generator, span, undefined);
  return generator;
}
