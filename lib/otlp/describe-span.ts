import {
  CUSTOMER_IDENTIFIER,
  ERROR_TYPE,
  INPUT_TOKENS,
  MODEL_CALL_SIGNS,
  OUTPUT_TOKENS,
  SPAN_KIND,
  STREAM_CHUNK_COUNT,
  STREAM_OUTCOME,
  THREAD_IDENTIFIER,
} from "../semconv.js";
import type { TreeSpan } from "./span-tree.js";

const OTHER_KINDS = ["span", "span", "server", "client", "producer", "consumer"];
const OWN_KINDS = ["workflow", "task", "agent", "tool"];
const ERROR_CODE = 2;

/** The word before a span's name: workflow, task, agent, tool, llm, or else OpenTelemetry's kind. */
export function kindWord(span: TreeSpan): string {
  const own = span.attributes.get(SPAN_KIND);
  if (typeof own === "string" && OWN_KINDS.includes(own)) return own;
  if (MODEL_CALL_SIGNS.some((name) => span.attributes.get(name) !== undefined)) return "llm";
  return OTHER_KINDS[span.kind] ?? "span";
}

/** A duration for people: `870 µs`, `12 ms`, `1.2 s`, `2 m 05 s`; `us` for `µs` where only ASCII is wanted. */
export function formatDuration(nanos: bigint, micro = "µs"): string {
  const micros = Number(nanos > 0n ? nanos : 0n) / 1_000;
  if (micros < 999.5) return `${Math.round(micros)} ${micro}`;
  const millis = micros / 1_000;
  if (millis < 9.95) return `${millis.toFixed(1)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  const seconds = millis / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} m ${pad2(whole % 60)} s`;
  return `${Math.floor(whole / 3_600)} h ${pad2(Math.floor((whole % 3_600) / 60))} m`;
}

function pad2(value: number): string {
  return String(value).padStart(2, "0");
}

/** What failed, when the span did: the status message or the type of the error. */
export function describeError(span: TreeSpan): string | undefined {
  if (span.status.code !== ERROR_CODE) return undefined;
  const type = span.attributes.get(ERROR_TYPE);
  const message = span.status.message || (typeof type === "string" ? type : "");
  return message === "" ? "error" : `error: ${message}`;
}

/** Who a trace is about, for its first line. */
export function describeOwner(span: TreeSpan): string[] {
  const customer = span.attributes.get(CUSTOMER_IDENTIFIER);
  const thread = span.attributes.get(THREAD_IDENTIFIER);
  return [
    ...(typeof customer === "string" && customer !== "" ? [`customer=${customer}`] : []),
    ...(typeof thread === "string" && thread !== "" ? [`thread=${thread}`] : []),
  ];
}

/** Tokens and stream chunks, where the span has them. */
export function describeUsage(span: TreeSpan): string[] {
  const notes: string[] = [];
  const input = readCount(span, INPUT_TOKENS);
  const output = readCount(span, OUTPUT_TOKENS);
  const counts = [input === undefined ? [] : `${input} in`, output === undefined ? [] : `${output} out`].flat();
  if (counts.length > 0) notes.push(`${counts.join(" / ")} tokens`);
  const chunks = readCount(span, [STREAM_CHUNK_COUNT]);
  if (chunks !== undefined) {
    const outcome = span.attributes.get(STREAM_OUTCOME);
    const isCut = typeof outcome === "string" && outcome !== "completed";
    notes.push(`${chunks} ${chunks === 1 ? "chunk" : "chunks"}${isCut ? ` (${outcome})` : ""}`);
  }
  return notes;
}

function readCount(span: TreeSpan, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = span.attributes.get(name);
    if (typeof value === "number" && Number.isFinite(value)) return value;
  }
  return undefined;
}
