import { describeText } from "./describe-text.js";
import { answerGreetingPrompt } from "./greeting-rules.js";
import { answerJokePrompt } from "./joke-rules.js";
import type { Prompt, Rule } from "./rule.js";
import { answerSupportPrompt } from "./support-rules.js";

const RULES: readonly Rule[] = [answerSupportPrompt, answerGreetingPrompt, answerJokePrompt];

/** The first rule that knows the prompt answers it; a prompt that none knows gets the facts found in its text. */
export function answer(prompt: Prompt): string {
  for (const rule of RULES) {
    const text = rule(prompt);
    if (text !== undefined) return text;
  }
  return describeText(prompt.user);
}
