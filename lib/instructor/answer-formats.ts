import { $ZodArray } from "zod/v4/core";
import type { $ZodType } from "zod/v4/core";

import { createResponseSchema, type ValueSchema } from "../response-schema/index.js";
import type { AnswerFormat, ListFormat } from "./answer-format.js";
import type { JsonChannel } from "./json-channel.js";
import { ParallelAnswer } from "./parallel-answer.js";
import { readParallelSchemas } from "./parallel-schemas.js";
import { ListAnswer, SingleAnswer } from "./single-answer.js";
import { JSON_CHANNEL, JSON_SCHEMA_CHANNEL, MARKDOWN_CHANNEL } from "./text-channel.js";
import { TOOL_CHANNEL } from "./tool-channel.js";

/**
 * This is how a model is asked for a value: by a function that it has to call (`tools`), by the provider's own
 * structured output (`json_schema`), by the provider's JSON mode (`json`), in a code block of its text (`md_json`), or
 * by any number of calls of several functions (`parallel_tools`).
 */
export type InstructorMode = "tools" | "json_schema" | "json" | "md_json" | "parallel_tools";

const CHANNELS: Readonly<Record<Exclude<InstructorMode, "parallel_tools">, JsonChannel>> = {
  tools: TOOL_CHANNEL,
  json_schema: JSON_SCHEMA_CHANNEL,
  json: JSON_CHANNEL,
  md_json: MARKDOWN_CHANNEL,
};

export const INSTRUCTOR_MODES: readonly string[] = [...Object.keys(CHANNELS), "parallel_tools"];

/** The formats of one mode. A schema is read once, not at every call. */
export class AnswerFormats {
  readonly #mode: InstructorMode;
  readonly #values = new WeakMap<$ZodType, AnswerFormat<unknown>>();
  readonly #lists = new WeakMap<$ZodType, ListFormat<unknown>>();

  constructor(mode: InstructorMode) {
    this.#mode = mode;
  }

  /** The format for one value. Throws a `SchemaError` for a schema that the mode cannot ask for. */
  valueOf(schema: $ZodType): AnswerFormat<unknown> {
    return recall(this.#values, schema, () => {
      if (this.#mode === "parallel_tools")
        return new ParallelAnswer(readParallelSchemas(schema as $ZodType<unknown[]>));
      const channel = CHANNELS[this.#mode];
      return new SingleAnswer(channel, createResponseSchema(schema, { strict: channel.isStrict }));
    });
  }

  /** The format for a list of such items. */
  listOf(item: $ZodType): ListFormat<unknown> {
    return recall(this.#lists, item, () => {
      // Refuses what is no schema; an array of it would be one.
      createResponseSchema(item, { strict: false });
      const schema = arrayOf(item);
      if (this.#mode === "parallel_tools") return new ParallelAnswer(readParallelSchemas(schema));
      const channel = CHANNELS[this.#mode];
      const response = createResponseSchema(schema, { strict: channel.isStrict });
      return new ListAnswer(channel, response, response.itemSchema as ValueSchema<unknown>);
    });
  }
}

function arrayOf(element: $ZodType): $ZodType<unknown[]> {
  return new $ZodArray({ type: "array", element });
}

function recall<Format>(known: WeakMap<$ZodType, Format>, schema: $ZodType, create: () => Format): Format {
  let format = known.get(schema);
  if (format === undefined) known.set(schema, (format = create()));
  return format;
}
