import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileSpanExporter, InMemorySpanExporter } from "../../lib/exporters/index.js";
import { traced } from "../../lib/index.js";
import { decodeTracesData } from "../../lib/otlp/index.js";
import { LEDGER, LEDGER_PROCESS } from "../../lib/semconv.js";
import { runBundled } from "./bundled-program.js";
import { freshTelemetry, said, start } from "./rig.js";

freshTelemetry();

/** The ledgers that the last line of a trace file holds. */
function ledgersIn(path: string): unknown {
  const line = readFileSync(path, "utf8").split("\n").at(-2) ?? "";
  expect(decodeTracesData(line)).toMatchObject({ spans: [] });
  const [group] = JSON.parse(line).resourceSpans;
  const attributes = new Map<string, { stringValue: string }>(
    group.resource.attributes.map(({ key, value }: { key: string; value: { stringValue: string } }) => [key, value]),
  );
  expect(attributes.get("service.name")?.stringValue).toBe("desk");
  expect(attributes.get(LEDGER_PROCESS)?.stringValue).toMatch(/^[0-9a-f]{16}$/);
  return JSON.parse(attributes.get(LEDGER)?.stringValue ?? "null");
}

describe("the ledger", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "spandrel-ledger-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("of every processor ends a trace file that is shut down, and one line tells what was lost", async () => {
    const path = join(folder, "traces.jsonl");
    const telemetry = start({
      appName: "desk",
      autoFlush: "off",
      processors: {
        default: { exporter: new FileSpanExporter({ path }) },
        small: { exporter: new InMemorySpanExporter(), isDefault: true, queue: { maxSpans: 2 } },
      },
    });
    const work = traced("work", () => 1);
    for (let call = 0; call < 3; call++) work();
    await telemetry.shutdown();
    const none = { isDurable: false, recovered: 0, filtered: 0, queued: 0, inFlight: 0, rejected: 0 };
    expect(ledgersIn(path)).toEqual([
      { name: "default", ended: 3, exported: 3, dropped: {}, ...none },
      { name: "small", ended: 3, exported: 2, dropped: { queue_full: 1 }, ...none },
    ]);
    expect(said.filter((line) => line.includes("SPANDREL_LEDGER"))).toEqual([
      'spandrel: SPANDREL_LEDGER: not every span was delivered: processor "small": 2 of 3 exported, 1 dropped (queue_full 1)\n',
    ]);
  });

  it("ends a trace file of a process that exits, and nothing is said where nothing is lost", async () => {
    const run = await runBundled(`
      startTelemetry({ appName: "desk", processors: { default: { exporter: new FileSpanExporter({ path: "traces.jsonl" }) } } });
      traced("work", () => 1)();
      process.exit(3);
    `);
    expect(run).toMatchObject({ end: 3, stderr: "" });
    expect(ledgersIn(join(run.folder, "traces.jsonl"))).toMatchObject([{ name: "default", ended: 1, exported: 1 }]);
  });
});
