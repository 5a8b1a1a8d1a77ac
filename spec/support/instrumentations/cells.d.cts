import type OpenAI from "openai";

export interface Operation {
  readonly name: string;
  readonly kind: "plain" | "stream" | "helper";
}

export interface CallOutcome {
  readonly name: string;
  readonly kinds: readonly Operation["kind"][];
  /** The call fails, and user code is told; an aborted call is not a failure. */
  readonly isFailure?: boolean;
  /** The client closes the connection. */
  readonly leaves?: boolean;
}

/** One operation with one outcome. */
export interface Cell {
  readonly name: string;
  readonly operation: Operation;
  readonly outcome: CallOutcome;
  /** The fixture server's name of the answer. */
  readonly scenario: string;
}

/** What a cell runs on. */
export interface Kit {
  /** Of the server that `arrived` and `ended` ask. */
  readonly client: OpenAI;
  /** `openai/helpers/zod` of the client's major. */
  readonly helpers: object;
  /** Resolves when the first request of this model has come. */
  arrived(model: string): Promise<unknown>;
  /** Resolves with how the first request of this model ended. */
  ended(model: string): Promise<string>;
}

/** What user code saw of a call. */
export interface Seen {
  readonly value?: unknown;
  /** Class and message. */
  readonly error?: string;
  /** Names of the classes it was handed. */
  readonly promise?: string;
  readonly stream?: string;
  /** How the connection ended, where the client has to leave. */
  readonly connection?: string;
  /** Messages of rejections nobody handled, if the caller of `runCell` listens for them; by default one ends the process. */
  readonly unhandled?: readonly string[];
}

/** As much of an SDK's span as a row needs. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code: number };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  readonly parentSpanContext?: { readonly spanId: string };
}

/** A span in the words of the table. */
export interface SpanRow {
  readonly name: string;
  readonly kind: string;
  readonly status: "unset" | "ok" | "error";
  readonly parentOk: boolean;
  readonly tokens: string | null;
  readonly finish: readonly string[] | null;
  readonly output: boolean;
}

/** What one instrumentation does in one cell. */
export interface CellResult {
  /** As `judge` says. */
  readonly userCode: string;
  readonly spans: readonly SpanRow[];
  /** Spans started and not ended. */
  readonly openAfter: number;
}

/** `docs/measured/instrumentations.json`, made by `scripts/measure-instrumentations.mjs`. */
export interface Measured {
  /** Major and version. */
  readonly openai: Readonly<Record<string, string>>;
  readonly instrumentations: Readonly<Record<string, { readonly short: string; readonly version?: string }>>;
  /** What user code sees without any instrumentation, by cell and major. */
  readonly alone: Readonly<Record<string, Readonly<Record<string, Seen>>>>;
  /** By cell, instrumentation and major. */
  readonly cells: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, CellResult>>>>>>;
}

export const OPERATIONS: readonly Operation[];
export const OUTCOMES: readonly CallOutcome[];
export const CELLS: readonly Cell[];
export function runCell(cell: Cell, kit: Kit, key: string): Promise<{ readonly model: string; readonly seen: Seen }>;
/** `ok`, or what is different. */
export function judge(seen: Seen, alone: Seen): string;
export function describeSpan(span: EndedSpan, callerSpanId: string): SpanRow;
