import { InvalidOptionError } from "../errors.js";

/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of these variables that is set, with its name. An empty one counts as not set. */
export function readVariable(env: Environment, names: readonly string[]): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== "") return { name, value };
  }
  return undefined;
}

const TRUE = new Set(["true", "1", "yes", "on"]);
const FALSE = new Set(["false", "0", "no", "off"]);

/** A boolean variable of ours; any other word than those usual for yes and no is an error. */
export function readBoolean(env: Environment, names: readonly string[]): boolean | undefined {
  const variable = readVariable(env, names);
  if (variable === undefined) return undefined;
  const word = variable.value.toLowerCase();
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  throw new InvalidOptionError(variable.name, "true or false", variable.value);
}

/** True where one of these variables, which other tools read too, says no; any other word is theirs to judge. */
export function isRefusedIn(env: Environment, names: readonly string[]): boolean {
  return names.some((name) => FALSE.has(env[name]?.trim().toLowerCase() ?? ""));
}

/** A variable whose words are a fixed set, in any case; `aliases` are other spellings that are understood. */
export function readWord<W extends string>(
  env: Environment,
  names: readonly string[],
  words: readonly W[],
  aliases: Readonly<Record<string, W>> = {},
): W | undefined {
  const variable = readVariable(env, names);
  if (variable === undefined) return undefined;
  const given = variable.value.toLowerCase();
  const word = words.find((candidate) => candidate === given) ?? aliases[given];
  if (word === undefined) throw new InvalidOptionError(variable.name, words.join(", "), variable.value);
  return word;
}
