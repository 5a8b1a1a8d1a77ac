import type { Prompt } from "./rule.js";
import { classify, type Classification } from "./classify.js";
import { readFacts, type Facts } from "./read-facts.js";
import { writeReply, type ReplyBrief } from "./write-reply.js";

/** Answers the three prompts of a support desk: sort a message, extract its facts, write the reply. */
export function answerSupportPrompt({ system, user }: Prompt): string | undefined {
  if (!/\bsupport\b/i.test(system)) return undefined;
  if (/\b(sort|classify)\b/i.test(system)) return JSON.stringify(classify(user));
  if (/\bextract\b/i.test(system)) return JSON.stringify(readFacts(user));
  if (/\brepl(y|ies)\b/i.test(system)) return writeReply(readBrief(user));
  return undefined;
}

interface ReplyRequest {
  readonly message: string;
  readonly classification?: Classification;
  readonly facts?: Facts;
  readonly orders?: ReplyBrief["orders"];
}

/** The prompt may carry the facts as JSON; what is not given is read from the message. */
function readBrief(user: string): ReplyBrief {
  const { message, classification, facts, orders = [] } = parseRequest(user);
  return { message, classification: classification ?? classify(message), facts: facts ?? readFacts(message), orders };
}

function parseRequest(user: string): ReplyRequest {
  try {
    const request = JSON.parse(user) as Partial<ReplyRequest> | null;
    if (typeof request?.message === "string") return { ...request, message: request.message };
  } catch {
    // Not JSON: the prompt is the message itself.
  }
  return { message: user };
}
