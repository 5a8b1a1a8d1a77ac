/** What a rule reads: the instructions, and the last thing the user said. */
export interface Prompt {
  readonly system: string;
  readonly user: string;
}

/** A rule answers the prompts it knows and says `undefined` to all others. */
export type Rule = (prompt: Prompt) => string | undefined;
