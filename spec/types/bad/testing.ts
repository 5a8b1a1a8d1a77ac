/// <reference types="jest" />
import { createTestTelemetry } from "spandrel/testing";
import "spandrel/testing/jest";

const telemetry = createTestTelemetry();

// error: apiKey
createTestTelemetry({ apiKey: "key" });
// error: customExporter
createTestTelemetry({ customExporter: undefined });
// error: "fast"
createTestTelemetry({ clock: "fast" });
// error: stepMilis
createTestTelemetry({ clock: { stepMilis: 1 } });
// error: "random"
createTestTelemetry({ ids: "random" });

// error: number
expect(telemetry).toHaveSpan(7);
// error: nmae
expect(telemetry).toHaveSpan({ nmae: "a" });
// error: children
expect(telemetry).toHaveSpan({ name: "a", children: [] });
// error: "failed"
expect(telemetry).toHaveSpan({ status: "failed" });
// error: childs
expect(telemetry).toHaveSpanTree({ name: "a", childs: [] });
// error: Expected 1 argument
expect(telemetry).toHaveSpanTree();
// error: Expected 0 argument
expect(telemetry).toHaveNoOpenSpans("a");
// error: tests
telemetry.tree({ tests: true });
