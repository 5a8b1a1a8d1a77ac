import nlp from "compromise";
import { phrases } from "./phrases.js";

export type Topic = "outage" | "billing" | "damage" | "delivery" | "account" | "other";
export type Urgency = "high" | "normal" | "low";

export interface Classification {
  readonly topic: Topic;
  readonly urgency: Urgency;
  /** The sentence that says most about the topic. */
  readonly summary: string;
  /** The words that decided. */
  readonly signals: readonly string[];
}

/** In `compromise`, `{ship}` also finds "shipped" and "shipping", `#Date` any date. Of equal topics the first wins. */
const TOPIC_WORDS: readonly (readonly [Topic, readonly string[]])[] = [
  ["outage", ["down", "outage", "{crash}", "offline", "unreachable", "nothing works"]],
  ["billing", ["{charge}", "{refund}", "{invoice}", "{bill}", "twice", "{pay}"]],
  ["damage", ["broken", "damaged", "{crack}", "scratched", "defective"]],
  ["delivery", ["{arrive}", "{deliver}", "delivery", "parcel", "{ship}", "where is", "tracking"]],
  ["account", ["account", "password", "{login}", "log in", "{unsubscribe}"]],
];

const URGENCY_WORDS: readonly (readonly [string, number])[] = [
  ["down", 3],
  ["outage", 3],
  ["urgent", 3],
  ["today", 2],
  ["immediately", 2],
  ["asap", 2],
  ["{refund}", 2],
  ["{wait}", 1],
  ["broken", 1],
  ["before #Date", 1],
  ["no hurry", -2],
  ["just wanted to say", -2],
  ["whenever", -1],
];

/** Sorts a support message by the words it uses. */
export function classify(text: string): Classification {
  const doc = nlp(text);
  const found = (words: readonly string[]) => words.filter((word) => doc.has(word));

  const scores = TOPIC_WORDS.map(([topic, words]) => ({ topic, words: found(words) }));
  const best = scores.reduce((left, right) => (right.words.length > left.words.length ? right : left));
  const topic = best.words.length > 0 ? best.topic : "other";

  const urgencyWords = URGENCY_WORDS.filter(([word]) => doc.has(word));
  const score = urgencyWords.reduce((sum, [, weight]) => sum + weight, 0);
  const signals = new Set([...best.words, ...urgencyWords.map(([word]) => word)]);
  return {
    topic,
    urgency: score >= 2 ? "high" : score < 0 ? "low" : "normal",
    summary: summarise(text, best.words),
    signals: [...signals].map((word) => word.replace(/[{}#]/g, "").toLowerCase()),
  };
}

function summarise(text: string, words: readonly string[]): string {
  const sentences = phrases(nlp(text).sentences());
  const weigh = (sentence: string) => words.filter((word) => nlp(sentence).has(word)).length;
  const ranked = sentences
    .filter((sentence) => sentence.split(/\s+/).length > 2)
    .map((sentence) => ({ sentence, weight: weigh(sentence) }))
    .sort((left, right) => right.weight - left.weight);
  return (ranked[0]?.sentence ?? text).replace(/\s+/g, " ").trim();
}
