import { containedFaults, resetLog, setLogLevel } from "../../lib/internal/index.js";
import type { ProcessorLedger } from "../../lib/processors/index.js";
import { ledgerFacts } from "../../lib/telemetry/ledger-facts.js";
import { createFinalReport, describeLosses, describeSpooled } from "../../lib/telemetry/ledger-report.js";
import { runBundled } from "./bundled-program.js";

const ledger = (fields: Partial<ProcessorLedger>): ProcessorLedger => ({
  name: "default",
  isDurable: false,
  ended: 0,
  recovered: 0,
  filtered: 0,
  queued: 0,
  inFlight: 0,
  exported: 0,
  rejected: 0,
  dropped: {},
  ...fields,
});

const ALL_WELL = ledger({ ended: 1200, filtered: 200, exported: 1000 });
const FULL = ledger({ ended: 1200, exported: 1197, rejected: 1, dropped: { queue_full: 2 } });
const WAITING = ledger({ name: "respan", ended: 20, exported: 8, queued: 10, inFlight: 2, isDurable: true });

describe("the report of what was not delivered", () => {
  it.each<[string, ProcessorLedger[]]>([
    ["no processor", []],
    ["no span", [ledger({})]],
    ["every span exported", [ALL_WELL, ledger({ name: "b", ended: 5, filtered: 5 })]],
    ["spans that wait in a spool", [WAITING]],
    ["an old reason without spans", [ledger({ ended: 1, exported: 1, dropped: { queue_full: 0 } })]],
  ])("is silent about %s", (_what, ledgers) => {
    expect(describeLosses(ledgers)).toBeUndefined();
  });

  it.each<[string, ProcessorLedger[]]>([
    ['processor "default": 1,197 of 1,200 exported, 2 dropped (queue_full 2), 1 rejected', [FULL]],
    [
      'processor "default": 0 of 3 exported, 3 dropped (export_failed 1, shutdown 2)',
      [ledger({ ended: 10, filtered: 7, dropped: { export_failed: 1, shutdown: 2 } })],
    ],
    ['processor "default": 4 of 5 exported, 1 rejected', [ledger({ ended: 5, exported: 4, rejected: 1 })]],
    ['processor "default": 4 of 5 exported, 1 still queued', [ledger({ ended: 5, exported: 4, queued: 1 })]],
    ['processor "default": 4 of 5 exported, 1 without an answer', [ledger({ ended: 5, exported: 4, inFlight: 1 })]],
    [
      'processor "default": 2 of 3 exported, 1 dropped (queue_full 1); processor "c": 0 of 1,000,000 exported, 1,000,000 still queued',
      [
        ledger({ ended: 3, exported: 2, dropped: { queue_full: 1 } }),
        ALL_WELL,
        ledger({ name: "c", ended: 1e6, queued: 1e6 }),
      ],
    ],
    [
      'processor "respan": 8 of 20 (7 from an earlier process) exported, 3 dropped (spool_damaged 3), 9 in the spool',
      [{ ...WAITING, queued: 7, recovered: 7, dropped: { spool_damaged: 3 } }],
    ],
  ])("says %s", (text, ledgers) => {
    expect(describeLosses(ledgers)).toBe(`not every span was delivered: ${text}`);
  });

  it("tells apart what waits in a spool", () => {
    expect(describeSpooled([ALL_WELL, FULL, ledger({ queued: 2 })])).toBeUndefined();
    expect(describeSpooled([ledger({ isDurable: true })])).toBeUndefined();
    expect(describeSpooled([WAITING, ledger({ queued: 1, ended: 1, isDurable: true })])).toBe(
      'in the spool for the next start: 12 spans of processor "respan", 1 span of processor "default"',
    );
  });
});

describe("the final report", () => {
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    resetLog((line) => void lines.push(line));
    setLogLevel("info");
  });
  afterEach(() => setLogLevel("warn"));

  it("is said once, as a warning, and what waits as information", () => {
    const read = jest.fn(() => [FULL, WAITING]);
    const report = createFinalReport(read, "one");
    report();
    report();
    expect(read).toHaveBeenCalledTimes(1);
    expect(lines).toEqual([
      'spandrel: SPANDREL_LEDGER: not every span was delivered: processor "default": 1,197 of 1,200 exported, ' +
        "2 dropped (queue_full 2), 1 rejected\n",
      'spandrel: SPANDREL_SPOOLED: in the spool for the next start: 12 spans of processor "respan"\n',
    ]);
  });

  it("leaves the information out at the level of warnings, and is nothing when all is well", () => {
    setLogLevel("warn");
    createFinalReport(() => [WAITING], "one")();
    createFinalReport(() => [ALL_WELL], "two")();
    expect(lines).toEqual([]);
  });

  it("is said for each telemetry, although they end in the same log", () => {
    createFinalReport(() => [FULL], "one")();
    createFinalReport(() => [FULL], "two")();
    expect(lines).toHaveLength(2);
  });

  it("never throws", () => {
    const report = createFinalReport(() => {
      throw new Error("no ledger");
    }, "one");
    expect(report).not.toThrow();
    expect(containedFaults()).toEqual({ SPANDREL_FINAL_REPORT: 1 });
  });

  // The parts by hand: a router, the end of the process, the report.
  const program = (answer: string): string => `
    const router = new library.SpanRouter({ autoFlush: "off" });
    router.addProcessor({ name: "default", exporter: { export: (spans, done) => ${answer}, shutdown: async () => {} } });
    library.handleProcessEnd(router, library.createFinalReport(() => router.status().processors, "one"));
    const tracer = new library.NodeTracerProvider({ spanProcessors: [router] }).getTracer("app");
    for (let n = 0; n < 3; n++) tracer.startSpan("work").end();
  `;
  const WAIT = 'setInterval(() => {}, 1000); say("READY");';
  const at = (text: string): string =>
    `spandrel: SPANDREL_LEDGER: not every span was delivered: processor "default": ${text}\n`;

  it("comes last, whatever way the process ends", async () => {
    const slow = "void setTimeout(done, 20, { code: 0 })";
    const hung = "undefined";
    const refused = "done({ code: 0, rejected: 2 })";
    const term = { signals: { READY: "SIGTERM" } } as const;
    const runs = await Promise.all([
      runBundled(program(slow)),
      runBundled(program(slow) + WAIT, term),
      runBundled(program(refused)),
      runBundled(`${program(slow)} process.exit(7);`),
      runBundled(program(hung) + WAIT, term),
      runBundled(`${program(hung)} process.on("SIGTERM", () => process.exit(2)); ${WAIT}`, term),
    ]);
    expect(runs.map(({ end, stderr }) => [end, stderr])).toEqual([
      [0, ""],
      ["SIGTERM", ""],
      [0, at("1 of 3 exported, 2 rejected")],
      [7, at("0 of 3 exported, 3 without an answer")],
      ["SIGTERM", at("0 of 3 exported, 3 without an answer")],
      [2, at("0 of 3 exported, 3 without an answer")],
    ]);
  });
});

describe("the facts of the ledgers", () => {
  it("are attribute values: JSON, the id of the start, and the time", () => {
    const facts = ledgerFacts(
      [FULL, { ...WAITING, recovered: 4 }],
      "0123456789abcdef",
      Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    );
    expect(facts).toEqual({
      "spandrel.ledger": expect.any(String),
      "spandrel.ledger.process": "0123456789abcdef",
      "spandrel.ledger.time": "2026-01-02T03:04:05.006Z",
    });
    expect(JSON.parse(facts["spandrel.ledger"] ?? "")).toEqual([FULL, { ...WAITING, recovered: 4 }]);
  });

  it("have nothing but the ledger, and the rest only where it says something", () => {
    const extended = { ...ledger({}), secret: "s" };
    expect(ledgerFacts([extended], "id", 0)["spandrel.ledger"]).toBe(
      '[{"name":"default","isDurable":false,"ended":0,"recovered":0,"filtered":0,"queued":0,"inFlight":0,"exported":0,"rejected":0,"dropped":{}}]',
    );
  });
});
