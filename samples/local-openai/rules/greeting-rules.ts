import { readFacts } from "./read-facts.js";
import type { Prompt } from "./rule.js";

/** Answers the prompt of the streaming sample: says hi to whoever introduces themselves. */
export function answerGreetingPrompt({ system, user }: Prompt): string | undefined {
  if (!/^say hi\b/i.test(system)) return undefined;
  const [person = "there"] = readFacts(user).people;
  return `Hi ${person}! It is good to hear from you. What shall we look at today?`;
}
