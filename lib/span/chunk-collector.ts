import { runtime } from "../context/index.js";
import { type CaptureLimits, serializeValue } from "../capture/index.js";
import { guard } from "./entity-name.js";
import type { SpanPlan } from "./span-plan.js";

/**
 * This keeps what a stream yielded for the span's output. `add` is on the consumer's path; `text` is called once.
 * Memory is bounded whatever the stream yields; what was not kept is said in the output.
 */
export interface ChunkCollector {
  add(chunk: unknown): void;
  text(): string | undefined;
}

/** The collector a plan asks for; undefined when the output is not to be recorded. */
export function createChunkCollector(plan: SpanPlan): ChunkCollector | undefined {
  if (plan.captureOutput === false) return undefined;
  return plan.stream.reduce === undefined && typeof plan.captureOutput !== "function"
    ? new TextCollector(runtime.limits, plan.stream.maxChunks)
    : new ReducingCollector(plan);
}

/** Chunks as they were when they passed: strings as they are, anything else serialised at once. */
class TextCollector implements ChunkCollector {
  readonly #limits: CaptureLimits;
  readonly #maxChunks: number;
  readonly #parts: string[] = [];
  #size = 0;
  #count = 0;
  #isText = true;
  #textLength = 0;

  constructor(limits: CaptureLimits, maxChunks: number) {
    this.#limits = limits;
    this.#maxChunks = maxChunks;
  }

  add(chunk: unknown): void {
    const count = this.#count++;
    if (typeof chunk === "string") {
      this.#textLength += chunk.length;
      if (this.#isText && this.#size < this.#limits.maxBytes && count < this.#maxChunks) {
        this.#parts.push(chunk);
        this.#size += chunk.length;
        return;
      }
    }
    if (this.#isText && typeof chunk !== "string") this.#becomeList();
    if (this.#isText || this.#size >= this.#limits.maxBytes || count >= this.#maxItems()) return;
    const part = serializeValue(chunk, this.#limits);
    this.#size += part.length + 1;
    if (this.#size <= this.#limits.maxBytes || this.#parts.length === 0) this.#parts.push(part);
  }

  text(): string | undefined {
    if (this.#count === 0) return undefined;
    const kept = this.#parts.length;
    if (this.#isText) {
      const joined = this.#parts.join("");
      if (joined.length === this.#textLength) return serializeValue(joined, this.#limits);
      // The whole length is known here only: cutting what was kept, the serialiser would give that of the part.
      const marker = `[cut: ${String(this.#textLength)} chars]`;
      return serializeValue(`${joined}…${marker}`, this.#limits).replace(/\[cut: \d+ chars\]"$/, `${marker}"`);
    }
    const rest = this.#count - kept;
    return `[${this.#parts.join(",")}${rest === 0 ? "" : `,${JSON.stringify(`[${String(rest)} more chunks]`)}`}]`;
  }

  #maxItems(): number {
    return Math.min(this.#maxChunks, this.#limits.maxItems);
  }

  /** The first chunk that is not a string makes the output a list; the strings so far become its first items. */
  #becomeList(): void {
    this.#isText = false;
    const strings = this.#parts.splice(0, this.#parts.length);
    for (const text of strings.slice(0, this.#maxItems())) this.#parts.push(serializeValue(text, this.#limits));
  }
}

/** Chunks themselves, for a `reduce` or `captureOutput` callback that makes the output of them. */
class ReducingCollector implements ChunkCollector {
  readonly #plan: SpanPlan;
  readonly #chunks: unknown[] = [];
  #count = 0;

  constructor(plan: SpanPlan) {
    this.#plan = plan;
  }

  add(chunk: unknown): void {
    this.#count++;
    if (this.#chunks.length < this.#plan.stream.maxChunks) this.#chunks.push(chunk);
  }

  text(): string | undefined {
    if (this.#count === 0) return undefined;
    const { captureOutput, stream } = this.#plan;
    const reduced = guard("reduce", () => (stream.reduce ?? joinChunks)(this.#chunks), "[reduce threw]");
    const chosen =
      typeof captureOutput === "function"
        ? guard("captureOutput", () => captureOutput(reduced), "[captureOutput threw]")
        : reduced;
    return serializeValue(chosen, runtime.limits);
  }
}

function joinChunks(chunks: readonly unknown[]): unknown {
  return chunks.every((chunk) => typeof chunk === "string") ? chunks.join("") : chunks;
}
