import { resetLog } from "../../lib/internal/index.js";
import { type TestTelemetry, type TestTelemetryOptions, createTestTelemetry } from "../../lib/testing/index.js";
import "../../lib/testing/jest.js";
import type { ExpectedTreeNode } from "../../lib/testing/jest.js";
import { ATTRIBUTES } from "./traces.js";

/** One telemetry for the tests of the file, each of which leaves no span open. Nothing is written to stderr. */
export function useTestTelemetry(options: TestTelemetryOptions = {}): TestTelemetry {
  resetLog(() => {});
  const telemetry = createTestTelemetry(options);
  beforeEach(() => telemetry.reset());
  afterEach(() => expect(telemetry).toHaveNoOpenSpans());
  afterAll(() => telemetry.shutdown());
  return telemetry;
}

/** A span and what is below it, with attributes beside name and kind, by short or full name. */
export interface RecordedCall {
  readonly name: string;
  readonly kind: string;
  readonly children?: readonly RecordedCall[];
  readonly [attribute: string]: unknown;
}

/** Makes what the matchers are to find: of these attributes each span has those that it shows here, and no other. */
export function recorded(...attributes: readonly string[]): (calls: readonly RecordedCall[]) => ExpectedTreeNode[] {
  const toExpected = (call: RecordedCall): ExpectedTreeNode => ({
    name: call.name,
    kind: call.kind,
    attributes: Object.fromEntries(attributes.map((short) => [ATTRIBUTES[short] ?? short, call[short]])),
    children: (call.children ?? []).map(toExpected),
  });
  return (calls) => calls.map(toExpected);
}
