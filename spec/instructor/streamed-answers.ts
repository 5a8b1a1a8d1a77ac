import type OpenAI from "openai";
import { type Instructor, type InstructorMode, fromOpenAI } from "../../lib/instructor/index.js";
import type { LlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import type { Gate } from "../support/llm-server/gate.js";
import type { Outcome } from "../support/llm-server/outcome.js";

export const MESSAGES = [{ role: "user" as const, content: "Go on." }];

/** The modes whose answer is one JSON value. */
export const JSON_MODES = ["tools", "json_schema", "json", "md_json"] as const satisfies InstructorMode[];
export type JsonMode = (typeof JSON_MODES)[number];

/** An answer that streams these pieces of JSON in the way of the mode. */
export function answerIn(mode: InstructorMode, pieces: readonly string[], more: Partial<Outcome> = {}): Outcome {
  if (mode === "tools") return { toolCalls: [{ name: "response", fragments: pieces }], ...more };
  if (mode === "md_json") return { text: ["Here it is:\n\n```json\n", ...pieces, "\n```\nThat is all."], ...more };
  return { text: pieces, ...more };
}

/** How many events come before the first piece of such an answer. */
export function eventsBefore(mode: InstructorMode): number {
  return mode === "tools" || mode === "md_json" ? 2 : 1;
}

/** The text in pieces of this many UTF-16 units. */
export function piecesOf(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

/** A document of the size that models write at most: 400 items, some 1,500 pieces of 16 units. */
export function makeRows(count: number): { id: number; name: string; note: string }[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `Item ${id} "Zürich" 😀`,
    note: `line ${id}\n\t\\ ${"x".repeat(id % 12)}`,
  }));
}

/** An instructor over a client of this major that never retries by itself. */
export function instructorOf(
  server: Pick<LlmServer, "url">,
  Class: typeof OpenAI,
  mode: InstructorMode = "tools",
): Instructor<OpenAI> {
  return fromOpenAI(openAIOf(server, Class, { maxRetries: 0 }), { mode });
}

/** What a stream yielded, what it returned or threw. */
export interface Read {
  readonly items: readonly unknown[];
  readonly returned?: unknown;
  readonly error?: unknown;
}

/** Pulls to whatever end. */
export async function readStream(stream: AsyncGenerator<unknown, unknown, undefined>): Promise<Read> {
  const items: unknown[] = [];
  try {
    for (;;) {
      const step = await stream.next();
      if (step.done === true) return step.value === undefined ? { items } : { items, returned: step.value };
      items.push(step.value);
    }
  } catch (error) {
    return { items, error };
  }
}

/** Lets the server send this many events. */
export async function sendEvents(gate: Gate, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) await gate.next();
}
