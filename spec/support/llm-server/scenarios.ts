import type { Outcome } from "./outcome.js";

/** The text of most answers; the emoji and the flag are four and eight bytes long. */
export const TEXT = ["Blue ", "sky", " 😀", " 🇨🇭."] as const;

const text: Outcome = { text: TEXT };
const json = { text: ['{"name":"Ada",', '"age":', "36}"] } as const satisfies Outcome;
const failed = (status: number): Outcome => ({ status, retryAfterMillis: 1 });

/**
 * The named answers. Of several, a call's first attempt gets the first, its retries the next ones, the last for good;
 * the attempts are told apart by the client's own `x-stainless-retry-count`.
 */
export const SCENARIOS = {
  text: [text],
  json: [json],
  "json-invalid": [{ text: ['{"name":"Ada",', '"age":', '"many"}'] }],
  "json-torn": [{ text: ['{"name":"Ada",', '"age":'] }],
  tools: [
    {
      toolCalls: [
        { name: "get_weather", fragments: ['{"city":', '"Bern', '"}'] },
        { name: "get_time", fragments: ['{"zone":', '"CET"}'] },
      ],
    },
  ],
  refusal: [{ refusal: ["I will ", "not do ", "that."] }],
  length: [{ text: TEXT.slice(0, 2), finish: "length" }],
  "content-filter": [{ text: TEXT.slice(0, 1), finish: "content_filter" }],
  "two-choices": [{ text: TEXT, alternatives: [{ text: ["Grey ", "sea"], finish: "length" }] }],
  reasoning: [
    { reasoning: ["Think ", "twice."], text: TEXT, usage: { input: 11, output: 20, cached: 4, reasoning: 13 } },
  ],
  "usage-details": [{ text: TEXT, usage: { input: 110, output: 70, cached: 40, reasoning: 30 } }],
  "bad-request": [{ status: 400 }],
  unauthorized: [{ status: 401 }],
  "rate-limited": [failed(429), text],
  "rate-limited-json": [failed(429), json],
  "server-error-twice": [failed(500), failed(500), text],
  "server-error": [failed(500)],
  "reset-once": [{ fault: "reset" }, text],
  reset: [{ fault: "reset" }],
  hang: [{ fault: "hang" }],
  "malformed-json": [{ ...text, fault: "malformed-json" }],
  "cut-mid-stream": [{ ...text, fault: "cut" }],
  "closed-without-finish": [{ ...text, fault: "no-finish" }],
  "closed-without-done": [{ ...text, fault: "no-done" }],
  "error-event": [{ ...text, fault: "error-event" }],
  "failed-event": [{ ...text, fault: "failed-event" }],
  bytes: [{ ...text, fault: "bytes" }],
  gated: [{ ...text, fault: "gated" }],
  endless: [{ ...text, fault: "endless" }],
} as const satisfies Record<string, readonly Outcome[]>;

export type Scenario = keyof typeof SCENARIOS;

/** The outcomes of a model's name; what follows an `@` is free, so that a test can have a name of its own. */
export function outcomesOf(model: string): readonly Outcome[] | undefined {
  const [name = ""] = model.split("@");
  return name in SCENARIOS ? SCENARIOS[name as Scenario] : undefined;
}
