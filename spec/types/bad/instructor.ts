// Options that are misspelt or belong elsewhere, values of the wrong type, and hooks of events that are not.
import OpenAI from "openai";
import { type Instructor, fromOpenAI, validationContext } from "spandrel/instructor";
import * as z from "zod";

const messages = [{ role: "user" as const, content: "Ada is 36." }];
const responseModel = z.object({ name: z.string() });
const client = new OpenAI();
const instructor: Instructor<OpenAI> = fromOpenAI(client);

// error: 'retries' does not exist
fromOpenAI(client, { retries: 2 });
// error: Type '"functions"' is not assignable
fromOpenAI(client, { mode: "functions" });
// error: Type 'string' is not assignable to type 'number'
fromOpenAI(client, { maxRetries: "2" });
// error: Property 'completions' is missing in type '{}'
fromOpenAI({ chat: {} });

// error: 'maxRetry' does not exist
void instructor.create({ responseModel, messages, maxRetry: 1 });
// error: 'max_retries' does not exist
void instructor.create({ responseModel, messages, max_retries: 1 });
// error: 'stream' does not exist
void instructor.create({ responseModel, messages, stream: true });
// error: 'tools' does not exist
void instructor.createWithCompletion({ responseModel, messages, tools: [] });
// error: 'response_format' does not exist
void instructor.createPartial({ responseModel, messages, response_format: { type: "text" } });
// error: 'retryStream' does not exist
void instructor.create({ responseModel, messages, retryStream: true });
// error: 'onInvalidItem' does not exist
void instructor.createPartial({ responseModel, messages, onInvalidItem: "skip" });
// error: Type '"ignore"' is not assignable
void instructor.createIterable({ responseModel, messages, onInvalidItem: "ignore" });
// error: Property 'messages' is missing
void instructor.create({ responseModel });
// error: Property 'responseModel' is missing
void instructor.create({ messages });
// error: 'type' does not exist in type '$ZodType
void instructor.create({ responseModel: { type: "object" }, messages });
// error: Type '"robot"' is not assignable
void instructor.create({ responseModel, messages: [{ role: "robot", content: "Hi" }] });
// error: Type 'string' is not assignable to type 'number'
void instructor.create({ responseModel, messages, temperature: "hot" });
// error: Type 'AbortController' is missing the following properties from type 'AbortSignal'
void instructor.create({ responseModel, messages, signal: new AbortController() });
// error: 'signal' does not exist
void instructor.create({ responseModel, messages, requestOptions: { signal: new AbortController().signal } });
// error: '"completion:done"' does not exist
void instructor.create({ responseModel, messages, hooks: { "completion:done": () => undefined } });

// error: Argument of type '"completion:done"' is not assignable
instructor.on("completion:done", () => undefined);
// error: Property 'issues' does not exist
instructor.on("completion:error", ({ issues }) => issues);
// error: Property 'choice' does not exist
instructor.on("completion:response", ({ response }) => response.choice);

async function use(): Promise<void> {
  const { name } = await instructor.create({ responseModel, messages });
  // error: Type 'string' is not assignable to type 'number'
  const age: number = name;
  const [, completion] = await instructor.createWithCompletion({ responseModel, messages });
  // error: Property 'delta' does not exist
  void completion.choices[0]?.delta;
  for await (const partial of instructor.createPartial({ responseModel, messages })) {
    // error: 'partial.name' is possibly 'undefined'
    void [age, partial.name.length];
  }
  // error: 'unknown'
  void validationContext().source;
}
void use;
