import { answer } from "./answer.js";
import { callFunction, callFunctions, type FunctionCall } from "./extract/call-functions.js";
import { readConversation, type Conversation, type Turn } from "./extract/conversation.js";
import { extract, type Wanted } from "./extract/extract.js";
import { findSchema } from "./extract/find-schema.js";
import type { Json } from "./extract/json-schema.js";
import { readFacts } from "./read-facts.js";
import type { Prompt } from "./rule.js";

/** The form that an answer is asked for in. */
export type Form =
  | { readonly kind: "text" }
  /** JSON as text; without a schema here, the one in the system message. */
  | { readonly kind: "json"; readonly wanted?: Wanted }
  | {
      readonly kind: "calls";
      readonly functions: readonly Wanted[];
      /** "one": the only function of the list, once; "some": at least one call; "any": text where no function fits. */
      readonly choice: "one" | "some" | "any";
      readonly isParallel: boolean;
    };

export interface FormedAnswer {
  readonly text: string;
  readonly calls: readonly FunctionCall[];
}

export function answerInForm(turns: readonly Turn[], form: Form): FormedAnswer {
  const conversation = readConversation(turns);
  if (form.kind === "calls") return answerWithCalls(turns, form, conversation);
  return {
    text: form.kind === "json" ? answerWithJson(turns, form.wanted, conversation) : answerWithText(turns),
    calls: [],
  };
}

function answerWithCalls(
  turns: readonly Turn[],
  { functions, choice, isParallel }: Extract<Form, { kind: "calls" }>,
  conversation: Conversation,
): FormedAnswer {
  const last = turns.at(-1);
  // A tool that did its work ends the errand; only one that complains is called again.
  if (choice === "any" && last?.role === "tool" && conversation.complaints.length === 0) {
    return { text: `The tool answered: ${last.text}`, calls: [] };
  }
  const [first] = functions;
  const calls = choice === "one" ? [] : callFunctions(functions, conversation).slice(0, isParallel ? undefined : 1);
  if (calls.length > 0) return { text: "", calls };
  return choice === "any" || first === undefined
    ? { text: answerWithText(turns), calls: [] }
    : { text: "", calls: [callFunction(first, conversation)] };
}

function answerWithJson(turns: readonly Turn[], wanted: Wanted | undefined, conversation: Conversation): string {
  const prompt = promptOf(turns);
  const found = wanted ?? schemaIn(prompt.system);
  if (found !== undefined) return JSON.stringify(answerOf(found, conversation));
  const text = answer(prompt);
  return isJson(text) ? text : JSON.stringify(readFacts(prompt.user));
}

/** A text, with a block of JSON in it where the instructions have a schema and ask for one. */
function answerWithText(turns: readonly Turn[]): string {
  const prompt = promptOf(turns);
  const isFenced = turns.some(({ role, text }) => role !== "assistant" && /```|\b(?:fenced|code ?block)\b/i.test(text));
  const wanted = isFenced ? schemaIn(prompt.system) : undefined;
  if (wanted === undefined) return answer(prompt);
  const json = JSON.stringify(answerOf(wanted, readConversation(turns)), null, 2);
  return `Here is what the text says:\n\n\`\`\`json\n${json}\n\`\`\``;
}

function answerOf(wanted: Wanted, conversation: Conversation): Json {
  return extract(
    wanted,
    conversation,
    conversation.complaints.flatMap(({ issues }) => issues),
  );
}

function schemaIn(system: string): Wanted | undefined {
  const schema = findSchema(system);
  return schema && { schema, name: schema.title ?? "", isStrict: false };
}

/** What the rules for plain texts read. */
function promptOf(turns: readonly Turn[]): Prompt {
  const textsOf = (...roles: string[]) => turns.filter(({ role }) => roles.includes(role)).map(({ text }) => text);
  return { system: textsOf("system", "developer").join("\n"), user: textsOf("user").at(-1) ?? "" };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
