// A million spans in one synchronous loop, and a hundred thousand with an exporter that takes 50 ms a batch: memory stays
// within the queue's cap, and every span is delivered or counted.
// node --expose-gc spec/faults/burst.mjs [--spans N]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { report } from "./report.mjs";
import { imbalance } from "./run-service.mjs";
import { getTracer, startTelemetry } from "./telemetry.mjs";

const at = process.argv.indexOf("--spans");
const spans = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
const MIB = 1024 * 1024;
const CAP = 64 * MIB;

/** Takes every batch after so long, and counts. */
class CountingExporter {
  delivered = 0;
  #millis;
  constructor(millis) {
    this.#millis = millis;
  }
  export(batch, answer) {
    setTimeout(() => {
      this.delivered += batch.length;
      answer({ code: 0 });
    }, this.#millis);
  }
  async shutdown() {}
}

async function burst(name, { count, durable = false, yieldEvery = Infinity, exportMillis = 0 }) {
  const exporter = new CountingExporter(exportMillis);
  const telemetry = startTelemetry({
    processors: { default: { exporter, durable } },
    instruments: [],
    autoFlush: "off",
    logLevel: "silent",
  });
  const tracer = getTracer();
  globalThis.gc();
  const before = process.memoryUsage();
  const startedAt = performance.now();
  let peak = 0;
  for (let number = 1; number <= count; number++) {
    tracer.startSpan("work", { attributes: { number, content: "a sentence of an answer" } }).end();
    if (number % yieldEvery === 0) await sleep(0);
    if (number % 50_000 === 0) peak = Math.max(peak, process.memoryUsage().rss - before.rss);
  }
  const burstMillis = performance.now() - startedAt;
  globalThis.gc();
  const held = process.memoryUsage().heapUsed - before.heapUsed;
  if (durable !== false) await telemetry.flush();
  await telemetry.shutdown();
  const [ledger] = telemetry.status().processors;
  const lost = Object.values(ledger.dropped).reduce((sum, dropped) => sum + dropped, 0);
  return {
    name,
    ended: ledger.ended,
    delivered: exporter.delivered,
    dropped: ledger.dropped,
    lost,
    queued: ledger.queued,
    imbalance: imbalance(ledger),
    heldMiB: Math.round(held / MIB),
    peakRssMiB: Math.round(peak / MIB),
    microsPerSpan: Number(((burstMillis * 1000) / count).toFixed(1)),
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
}

const dir = mkdtempSync(join(tmpdir(), "spandrel-burst-"));
const results = [
  await burst("memory, one loop", { count: spans }),
  await burst("memory, 50 ms exporter, yielding every 100", { count: spans / 10, yieldEvery: 100, exportMillis: 50 }),
  await burst("durable, one loop", { count: spans, durable: { dir, maxBytes: 8 * 1024 * MIB } }),
];
rmSync(dir, { recursive: true, force: true });
const checks = {};
for (const result of results) {
  console.log(JSON.stringify(result));
  const { name } = result;
  checks[`${name}: every span is delivered or counted`] =
    result.ended > 0 &&
    result.delivered + result.lost === result.ended &&
    result.imbalance === 0 &&
    result.queued === 0;
  checks[`${name}: memory stays within the cap`] = result.heldMiB * MIB <= CAP;
}
checks["durable, one loop: nothing is lost"] = results[2].delivered === results[2].ended;
report("burst", { spans, scenarios: results, checks });
