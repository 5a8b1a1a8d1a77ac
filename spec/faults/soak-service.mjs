// The service of soak.mjs: 500 spans a second through a file, a durable processor, one in memory and one whose exporter
// and filter fail at random; every ten seconds a line with its heap, its descriptors and its ledgers.
import { readdirSync, rmSync, renameSync } from "node:fs";
import { join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";

import { FileSpanExporter, OtlpSpanExporter } from "../../dist/esm/exporters/index.js";
import { traced } from "../../dist/esm/index.js";
import { startTelemetry } from "./telemetry.mjs";

const { url, dir, seconds, perSecond } = JSON.parse(process.argv[2]);
const TELL_MILLIS = 10_000;
const file = join(dir, "traces.jsonl");
let isFlaky = false;

/** Fails in every way there is while it is told to. */
class FlakyExporter {
  export(spans, answer) {
    const way = isFlaky ? Math.floor(Math.random() * 6) : 0;
    if (way === 1) throw new Error("flaky");
    if (way === 2) return Promise.reject(new Error("flaky"));
    if (way === 3) return answer({ code: 1 });
    if (way === 4) return undefined;
    answer({ code: 0 });
    if (way === 5) answer({ code: 1 });
    return undefined;
  }
  async shutdown() {}
}

const telemetry = startTelemetry({
  processors: {
    default: { exporter: new OtlpSpanExporter({ url, timeoutMillis: 3000 }), durable: { dir: join(dir, "spool") } },
    file: { exporter: new FileSpanExporter({ path: file, maxBytes: 8 * 1024 * 1024, maxFiles: 3 }), isDefault: true },
    memory: { exporter: new OtlpSpanExporter({ url, protocol: "http/json", compression: "gzip" }), isDefault: true },
    flaky: {
      exporter: new FlakyExporter(),
      isDefault: true,
      queue: { exportTimeoutMillis: 500 },
      filter: () => {
        if (isFlaky && Math.random() < 0.1) throw new Error("flaky");
        return true;
      },
    },
  },
  instruments: [],
  logLevel: "error",
});

process.on("message", (fault) => {
  isFlaky = fault === "flaky";
  try {
    if (fault === "file renamed") renameSync(file, join(dir, "renamed.jsonl"));
    if (fault === "file deleted") rmSync(file, { force: true });
    if (fault === "spool deleted") rmSync(join(dir, "spool"), { recursive: true, force: true });
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
});

const answer = traced({ name: "answer", kind: "task" }, async (question) => {
  await sleep(1);
  return { text: `an answer to ${question}`, secret: "sk-abcdefghijklmnopqrstuvwxyz0123456789" };
});
const desk = traced({ name: "desk", kind: "workflow" }, async (question) => {
  for (let number = 0; number < 4; number++) await answer(question);
});
const SPANS_PER_CALL = 5;

function tell() {
  globalThis.gc();
  process.send({
    seconds: Math.round(performance.now() / 1000),
    heapMiB: process.memoryUsage().heapUsed / 1024 / 1024,
    rssMiB: process.memoryUsage().rss / 1024 / 1024,
    descriptors: readdirSync("/proc/self/fd").length,
    processors: telemetry.status().processors,
    faults: telemetry.status().faults,
  });
}

const telling = setInterval(tell, TELL_MILLIS);
const startedAt = performance.now();
let calls = 0;
while (performance.now() - startedAt < seconds * 1000) {
  const due = (((performance.now() - startedAt) / 1000) * perSecond) / SPANS_PER_CALL;
  const running = [];
  for (; calls < due; calls++) running.push(desk(`question ${calls}`));
  await Promise.all(running);
  await sleep(20);
}
clearInterval(telling);
isFlaky = false;
await telemetry.flush();
await telemetry.shutdown();
tell();
process.disconnect();
