import type { Attributes, Link } from "@opentelemetry/api";
import type { ExportFilter } from "../internal/index.js";

/**
 * Augment this to have the compiler check processor names:
 * `declare module "spandrel" { interface Register { processors: "default" | "debug" } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- users augment it
export interface Register {}

/** A processor's name: any string, or those that `Register` lists. */
export type ProcessorName = Register extends { processors: infer Names extends string } ? Names : string;

/** The four kinds of decorated span. */
export type EntityKind = "workflow" | "task" | "agent" | "tool";

/** These options say what the span of a decorated method is called, carries and records, and where it goes. */
export interface SpanOptions<Args extends readonly unknown[] = never, Result = never> {
  /** The span's name. Default `Class.method`, with the class of `this` at run time. A function sees the arguments. */
  readonly name?: string | ((...args: Args) => string) | undefined;
  /** An integer, written as `traceloop.entity.version`. */
  readonly version?: number | undefined;
  /** The processors this span and its untagged children go to, and no others. Default: the parent's. */
  readonly processors?: ProcessorName | readonly ProcessorName[] | undefined;
  /** `false` records no arguments; a function records what it returns instead of them. Default `true`. */
  readonly captureInput?: boolean | ((...args: Args) => unknown) | undefined;
  /** `false` records no result; a function records what it returns instead of it. Default `true`. */
  readonly captureOutput?: boolean | ((result: Result) => unknown) | undefined;
  /** More attributes. They win over those of the context. */
  readonly attributes?: Attributes | ((...args: Args) => Attributes) | undefined;
  /** Links to other spans. */
  readonly links?: readonly Link[] | ((...args: Args) => readonly Link[]) | undefined;
  /** The share of traces that are recorded, 0 to 1, decided once per trace. Default: all. */
  readonly sampleRate?: number | undefined;
  /** Ended spans that do not match are not exported. */
  readonly exportFilter?: ExportFilter | undefined;
}

/** These options add what concerns a method that streams. */
export interface StreamOptions<Args extends readonly unknown[] = never, Chunk = never> extends Omit<
  SpanOptions<Args>,
  "captureOutput"
> {
  /** `false` records no output; a function makes it from the reduced chunks. Default `true`. */
  readonly captureOutput?: boolean | ((reduced: unknown) => unknown) | undefined;
  /** Makes the recorded output of the chunks. Default: strings are joined, anything else is an array. */
  readonly reduce?: ((chunks: readonly Chunk[]) => unknown) | undefined;
  /** `true` adds an event per chunk with its position and its offset in milliseconds. Default `false`. */
  readonly chunkEvents?: boolean | undefined;
  /** How many chunks are kept for the output; the count goes on. Default 10,000. */
  readonly maxChunks?: number | undefined;
}
