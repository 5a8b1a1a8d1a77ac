import { readIssues, type Issue } from "./issues.js";
import { readSubject } from "./request.js";

/** A message as far as the rules read it. */
export interface Turn {
  readonly role: string;
  readonly text: string;
  /** The calls of an assistant's message, by id. */
  readonly callIds?: readonly string[] | undefined;
  /** The call that a tool's message answers. */
  readonly callId?: string | undefined;
}

/** A complaint about one of the calls of an answer, or about its text, which counts as the first. */
export interface Complaint {
  readonly callIndex: number;
  readonly issues: readonly Issue[];
}

export interface Conversation {
  /** What the answer is to be read from. */
  readonly text: string;
  readonly complaints: readonly Complaint[];
  readonly today: Date;
}

const TODAY = /\btoday(?:'s date)? is (\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b/i;

/** "Return the correct JSON response within a code block": says how, not what. */
const ORDERS_JSON = /^(?:please )?(?:return|respond|answer|reply|give|output|correct)\b[^\n]*\bjson\b/i;

/**
 * Reads a chat: the last thing the user wanted read, and everything that was said against the answers since. A message
 * of the user behind another is a complaint if it has the lines of one.
 */
export function readConversation(turns: readonly Turn[]): Conversation {
  const first = turns.findIndex(({ role }) => role === "user");
  const isAbout = ({ role, text }: Turn, index: number) => {
    if (role !== "user") return false;
    return index === first || (readIssues(text).length === 0 && !ORDERS_JSON.test(text));
  };
  const asked = turns.findLastIndex(isAbout);
  const since = turns.slice(asked + 1);
  const today = TODAY.exec(turns.map(({ text }) => text).join("\n"))?.[1];
  return {
    text: readSubject(turns[asked]?.text ?? ""),
    complaints: since.flatMap((turn, index) => complaintOf(turn, since.slice(0, index))),
    // The day only: within one, the same request gets the same answer.
    today: new Date(today ?? new Date().toISOString().slice(0, 10)),
  };
}

function complaintOf({ role, text, callId }: Turn, before: readonly Turn[]): Complaint[] {
  if (role !== "user" && role !== "tool") return [];
  const issues = readIssues(text);
  const calls = before.findLast(({ callIds }) => callIds !== undefined)?.callIds ?? [];
  return issues.length === 0 ? [] : [{ callIndex: Math.max(0, calls.indexOf(callId ?? "")), issues }];
}
