import { type EditableSpan, type SpanBuffer, type Telemetry, getClient } from "../../lib/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import { imbalance } from "../processors/fakes.js";
import { type Traces, useTraces } from "../support/traces.js";

/** Fails unless every ledger accounts for every span. */
export function expectBalance(telemetry: Telemetry): void {
  const { processors } = telemetry.status();
  expect(processors.map((ledger) => [ledger.name, imbalance(ledger)])).toEqual(processors.map(({ name }) => [name, 0]));
}

/** Fresh telemetry for every test of the file; in the end its ledgers balance and nothing has failed inside it. */
export function useBalancedTraces(options: Parameters<typeof useTraces>[0] = {}): { readonly current: Traces } {
  const used: { traces?: { readonly current: Traces } } = {};
  afterEach(() => {
    if (used.traces === undefined) throw new Error("there is no telemetry");
    expectBalance(used.traces.current.telemetry);
    expect(used.traces.current.faults).toEqual({});
  });
  return (used.traces = useTraces(options));
}

export function namesOf(spans: readonly ReadableSpan[]): string[] {
  return spans.map(({ name }) => name);
}

/** The names of what a buffer holds, in order. */
export function held(buffer: SpanBuffer): string[] {
  const spans = buffer.getAllSpans();
  expect(buffer.getSpanCount()).toBe(spans.length);
  return namesOf(spans);
}

/** A buffer that holds one span for each name. */
export function bufferOf(...names: readonly string[]): SpanBuffer {
  const buffer = getClient().getSpanBuffer();
  for (const name of names) buffer.createSpan(name);
  return buffer;
}

/** The one span of this name that a buffer holds. */
export function spanIn(buffer: SpanBuffer, name: string): EditableSpan {
  const [span, ...more] = buffer.getAllSpans().filter((one) => one.name === name);
  if (span === undefined || more.length > 0) throw new Error(`the buffer holds ${held(buffer).join(", ")}`);
  return span;
}
