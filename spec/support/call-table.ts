import { readFileSync } from "node:fs";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { SpanStatusCode } from "@opentelemetry/api";

/** What the fixture server's answers say, and no request does. */
const SAID = /Blue|Ada|Bern/;

/** A chat span in the words of the table in docs/instruments.md. */
export function summarizeCall(span: ReadableSpan): string {
  const { attributes, events, status } = span;
  const words: string[] = [];
  const retries = events.filter(({ name }) => name === "spandrel.client.retry");
  for (const { attributes: retry } of retries) {
    words.push(
      `retry ${String(retry?.["http.request.resend_count"])} after ${String(retry?.["http.response.status_code"])}`,
    );
  }
  if (status.code === SpanStatusCode.ERROR) words.push(`ERROR ${String(attributes["error.type"])}`);
  const outcome = attributes["spandrel.stream.outcome"];
  if (outcome !== undefined) words.push(String(outcome));
  const finish = attributes["gen_ai.response.finish_reasons"];
  if (Array.isArray(finish)) words.push(finish.join(" "));
  const [input, output] = [attributes["gen_ai.usage.input_tokens"], attributes["gen_ai.usage.output_tokens"]];
  if (input !== undefined) words.push(`${String(input)}+${String(output ?? 0)} tokens`);
  if (SAID.test(String(attributes["gen_ai.output.messages"]))) words.push("text");
  if (attributes["spandrel.response.read"] !== undefined) words.push("headers only");
  return words.join(", ");
}

/** The cells of every table below `heading` whose first column is the outcome: `operation: outcome` to what it says. */
export function readCallTables(file: string, heading: string): Map<string, string> {
  const section =
    readFileSync(file, "utf8")
      .split(/^## /m)
      .find((text) => text.startsWith(heading)) ?? "";
  const cells = new Map<string, string>();
  let operations: string[] = [];
  for (const line of section.split("\n")) {
    if (!line.startsWith("|")) operations = [];
    else {
      const [first = "", ...rest] = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", ""));
      if (operations.length === 0) operations = rest;
      else if (!/^-+$/.test(first)) rest.forEach((cell, at) => cells.set(`${String(operations[at])}: ${first}`, cell));
    }
  }
  return cells;
}
