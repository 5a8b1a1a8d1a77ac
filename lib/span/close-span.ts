import { runtime } from "../context/index.js";
import { recordFailure, serializeValue } from "../capture/index.js";
import { contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { guard } from "./entity-name.js";
import type { OpenSpan } from "./open-span.js";
import type { SpanPlan } from "./span-plan.js";

/** Ends the span of a call that returned (or resolved to) `result`. Never throws. */
export function endSpan(plan: SpanPlan, open: OpenSpan, result: unknown): void {
  try {
    if (result !== undefined && plan.captureOutput !== false && open.isContentCaptured && open.span.isRecording()) {
      open.span.setAttribute(semconv.ENTITY_OUTPUT, outputText(plan, result));
    }
    open.span.end();
  } catch (error) {
    contain("SPANDREL_END_FAILED", "ending a span", error);
  }
}

/** The result as JSON, by way of the `captureOutput` callback when there is one. */
export function outputText(plan: SpanPlan, result: unknown): string {
  const { captureOutput } = plan;
  if (typeof captureOutput !== "function") return serializeValue(result, runtime.limits);
  return serializeValue(
    guard("captureOutput", () => captureOutput(result), "[captureOutput threw]"),
    runtime.limits,
  );
}

/** Ends the span of a call that threw (or rejected with) `thrown`, which may be anything. Never throws. */
export function failSpan(open: OpenSpan, thrown: unknown): void {
  try {
    recordFailure(open.span, thrown, runtime.limits);
    open.span.end();
  } catch (error) {
    contain("SPANDREL_END_FAILED", "ending a span", error);
  }
}
