import type OpenAI from "openai";
import { fromOpenAI, type Instructor } from "spandrel/instructor";
import { traceOpenAI } from "spandrel/openai";

/** Three ways to an instructor. The traces are the same: whoever traces the client, each call of it has one span. */
export function makeInstructors(openai: OpenAI, model: string): Record<string, Instructor<OpenAI>> {
  return {
    "a client, and the model of all calls": fromOpenAI(openai, { model }),
    "a client as it is": fromOpenAI(openai),
    "a client that is traced already": fromOpenAI(traceOpenAI(openai.withOptions({})), { mode: "json_schema" }),
  };
}
