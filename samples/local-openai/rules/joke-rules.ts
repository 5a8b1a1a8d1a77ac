import nlp from "compromise";
import { phrases } from "./phrases.js";
import type { Prompt } from "./rule.js";

/** Answers the prompts of the joke tutorial. */
export function answerJokePrompt({ user }: Prompt): string | undefined {
  const [instruction = "", ...rest] = user.split("\n\n");
  const text = rest.join("\n\n");

  const topic = /^tell me a joke about (.+?)[.!?]*$/i.exec(user)?.[1];
  if (topic) return tellJoke(topic);
  if (/^translate\b.*\bpirate\b/i.test(instruction)) return translateToPirate(text);
  if (/^add a signature\b/i.test(instruction)) return signJoke(text);
  const heard = /^what do you think about this joke: (.+)$/i.exec(instruction)?.[1];
  if (heard) return commentOn(heard);

  const toSay = /\bsay (\p{L}+)[.!?]*$/iu.exec(user)?.[1];
  if (toSay) return toSay;
  // Each clap asked for is clapped: "Clap once", "clap clap! *clap*".
  const claps = user.match(/\bclap\b/gi)?.length;
  return claps ? Array.from({ length: claps }, () => "*clap*").join(" ") : undefined;
}

const JOKES: readonly ((topic: string) => string)[] = [
  (topic) =>
    `Why did the span break up with ${topic}? It was being watched at every step, and you need your own context.`,
  (topic) => `My friend says ${topic} is easy. I asked for the trace of that thought, and it was never sampled.`,
  (topic) => `How many experts in ${topic} change a light bulb? None, but they are very sure when it went out.`,
];

function tellJoke(topic: string): string {
  // The number of letters picks the joke, so that a topic always gets the same one.
  return JOKES[topic.replace(/\P{L}/gu, "").length % JOKES.length]?.(topic) ?? topic;
}

const PIRATE_CRY = "Arrr! ";

const PIRATE_WORDS: Readonly<Record<string, string>> = {
  am: "be",
  and: "an'",
  are: "be",
  hello: "ahoy",
  friend: "matey",
  is: "be",
  it: "she",
  my: "me",
  never: "ne'er",
  of: "o'",
  the: "th'",
  to: "t'",
  was: "were",
  with: "wi'",
  yes: "aye",
  you: "ye",
  your: "yer",
};

function translateToPirate(text: string): string {
  const words = text.replace(/\p{L}+/gu, (word) => {
    const pirate = PIRATE_WORDS[word.toLowerCase()] ?? word.replace(/(\p{L}{2})ing$/u, "$1in'");
    return /^\p{Lu}/u.test(word) ? pirate.charAt(0).toUpperCase() + pirate.slice(1) : pirate;
  });
  return `${PIRATE_CRY}${words}`;
}

/** Signs with the first and the last thing the joke speaks of. */
function signJoke(joke: string): string {
  const nouns = phrases(nlp(joke.replace(PIRATE_CRY, "")).match("#Noun").not("#Pronoun"));
  const names = nouns.map((noun) => noun.replace(/[^\p{L}]/gu, "")).filter((noun) => noun.length > 3);
  const [captain = "Nobody"] = names;
  const ship = names.at(-1) ?? "Nowhere";
  return `\n\n-- Cap'n ${capitalise(captain)} of the good ship ${capitalise(ship)}`;
}

/** Quotes how the joke ends, and counts its words. */
function commentOn(joke: string): string {
  const end =
    joke
      .split(/[,.;:!?]+\s*/)
      .filter(Boolean)
      .at(-1) ?? joke;
  const wordCount = joke.match(/[\p{L}']+/gu)?.length ?? 0;
  return `It is the end that does it: "${end}". And all in ${wordCount} words; tell it again.`;
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
