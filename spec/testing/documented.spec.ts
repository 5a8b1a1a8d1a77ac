import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, document, exampleOf, runHere } from "./documented.js";

describe("docs/testing.md, Jest", () => runHere(exampleOf("jest")));

describe("docs/testing.md, node:test", () => {
  let folder = "";
  beforeAll(() => {
    mkdirSync(join(ROOT, "samples/out"), { recursive: true });
    folder = mkdtempSync(join(ROOT, "samples/out/testing-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("passes its test", async () => {
    const file = join(folder, "greet.test.mts");
    writeFileSync(file, exampleOf("node"));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--import", "tsx", "--test", "--test-reporter", "tap", file],
      { cwd: folder, env: { PATH: process.env["PATH"], TSX_TSCONFIG_PATH: join(ROOT, "samples/tsconfig.json") } },
    );
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^# tests 1$[\s\S]*^# pass 1$[\s\S]*^# fail 0$/m);
  });
});

it("docs/testing.md draws a difference as it is drawn", () => {
  const { createTestTelemetry } =
    jest.requireActual<typeof import("../../lib/testing/index.js")>("../../lib/testing/index.js");
  const { traced } = jest.requireActual<typeof import("../../lib/index.js")>("../../lib/index.js");
  const telemetry = createTestTelemetry();
  traced("Desk.handle", () => {
    traced("Desk.plan", () => 1)();
    traced("look", () => 1)();
  })();
  let message = "";
  try {
    expect(telemetry).toHaveSpanTree("Desk.handle\n  look\n  Desk.plan");
  } catch (error) {
    message = (error as Error).message;
  }
  expect(document).toContain(`\`\`\`\n${message.slice(message.indexOf("Expected:"))}\n\`\`\``);
  return telemetry.shutdown();
});
