/// <reference types="jest" />
import { expect as importedExpect } from "@jest/globals";
import type { ReadableSpan } from "spandrel/exporters";
import {
  type TestSpanNode,
  type TestTelemetry,
  type TestTelemetryOptions,
  createTestTelemetry,
} from "spandrel/testing";
import { type ExpectedTree, spandrelMatchers } from "spandrel/testing/jest";
import { type Equal, holds } from "./equal.js";

// Vitest, which is not installed here, has a journey of its own: spec/packaging/fixtures/testing-vitest.

const options: TestTelemetryOptions = {
  clock: { start: new Date(0), stepMillis: 0 },
  ids: "fixed",
  instruments: ["openai"],
  customerIdentifier: "acme",
};
const telemetry: TestTelemetry = createTestTelemetry(options);
createTestTelemetry();
createTestTelemetry({ clock: "fixed", ids: undefined });

const nodes = telemetry.tree({ attributes: ["a"], events: true });
holds<Equal<typeof nodes, TestSpanNode[]>>();
const found = telemetry.find("a");
holds<Equal<typeof found, ReadableSpan>>();
export const names: string[] = [...telemetry.spans(), ...telemetry.findAll("a"), ...telemetry.openSpans()].map(
  (span) => span.name,
);
export const flushed: Promise<void> = telemetry.telemetry.flush();

const tree: ExpectedTree = {
  name: /a/,
  kind: "task",
  status: "error",
  statusMessage: "failed",
  attributes: { tokens: expect.any(Number), model: undefined },
  events: ["exception", { name: "retry", attributes: { status: 503 } }],
  children: ["b", { name: "c", children: [] }],
};

// @types/jest, whose `expect` is a global.
expect.extend(spandrelMatchers);
expect(telemetry).toHaveSpan("a");
expect(telemetry).toHaveSpan({ attributes: expect.objectContaining({ a: 1 }), events: expect.arrayContaining(["b"]) });
expect(telemetry).not.toHaveSpanTree("a\n  b");
expect(telemetry).toHaveSpanTree(tree);
expect(telemetry).toHaveSpanTree(["a", tree]);
expect(telemetry).toHaveSpanTree(telemetry.tree({ attributes: true }));
expect(telemetry).toHaveNoOpenSpans();
void expect(Promise.resolve(telemetry)).resolves.toHaveSpan("a");

// @jest/globals.
importedExpect.extend(spandrelMatchers);
importedExpect(telemetry).toHaveSpan({ name: "a", attributes: { b: importedExpect.any(String) } });
importedExpect(telemetry).not.toHaveSpanTree(tree);
importedExpect(telemetry).toHaveNoOpenSpans();
export const later: Promise<void> = importedExpect(Promise.resolve(telemetry)).resolves.toHaveSpan("a");
