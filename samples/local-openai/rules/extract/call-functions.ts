import type { Conversation } from "./conversation.js";
import { correctAnswer } from "./corrections.js";
import { extract, extractAll, type Wanted } from "./extract.js";
import { keepBest } from "./fill.js";
import type { Json } from "./json-schema.js";

export interface FunctionCall {
  readonly name: string;
  readonly arguments: Json;
}

/** One call of a function for each thing in the text that one of them takes, in the order of the text. */
export function callFunctions(functions: readonly Wanted[], conversation: Conversation): FunctionCall[] {
  const found = functions.map((wanted) => {
    const items = extractAll(wanted, conversation).filter(({ evidence }) => evidence > 0);
    return items.map((item) => ({ ...item, name: wanted.name }));
  });
  return keepBest(found).map(({ name, value }, index) => {
    return { name, arguments: correctAnswer(value, issuesOf(conversation, index), conversation) };
  });
}

/** The call of the one function that has to be called. */
export function callFunction(wanted: Wanted, conversation: Conversation): FunctionCall {
  return { name: wanted.name, arguments: extract(wanted, conversation, issuesOf(conversation, 0)) };
}

function issuesOf({ complaints }: Conversation, callIndex: number): Conversation["complaints"][number]["issues"] {
  return complaints.filter((complaint) => complaint.callIndex === callIndex).flatMap(({ issues }) => issues);
}
