// A service at 500 spans a second with another fault each minute: its heap and its descriptors stay where they are, and
// its ledgers balance at every look.
// node spec/faults/soak.mjs [--minutes N]
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

import { startCollector } from "./collector.mjs";
import { report } from "./report.mjs";
import { imbalance } from "./run-service.mjs";

const at = process.argv.indexOf("--minutes");
const minutes = at < 0 ? 20 : Number(process.argv[at + 1]);
const PER_SECOND = 500;
const FAULT_MILLIS = 60_000;
/** Of each minute. */
const FAULTY_MILLIS = 25_000;
const COLLECTOR_FAULTS = {
  "answers 503": { status: 503 },
  "answers 503 with Retry-After: 10": { status: 503, headers: { "retry-after": "10" } },
  "answers 429": { status: 429, headers: { "retry-after": "1" } },
  "answers 400": { status: 400 },
  hangs: "hang",
  "is slow": { afterMillis: 2000 },
};
const SERVICE_FAULTS = ["flaky", "file renamed", "file deleted", "spool deleted"];
const FAULTS = ["is down", ...Object.keys(COLLECTOR_FAULTS), ...SERVICE_FAULTS];

const dir = mkdtempSync(join(tmpdir(), "spandrel-soak-"));
let answer;
const collector = await startCollector(() => answer);
const settings = { url: collector.url, dir, seconds: minutes * 60, perSecond: PER_SECOND };
const service = fork(fileURLToPath(new URL("soak-service.mjs", import.meta.url)), [JSON.stringify(settings)], {
  execArgv: ["--expose-gc"],
});
const looks = [];
service.on("message", (look) => {
  looks.push(look);
  // The ids are only needed for their number, which is in the ledger.
  collector.seen.clear();
});
const over = new Promise((resolve) => service.on("exit", (code, signal) => resolve({ code, signal })));

const injected = [];
async function inject(fault) {
  injected.push(fault);
  if (SERVICE_FAULTS.includes(fault)) service.send(fault);
  else if (fault === "is down") await collector.stop();
  else answer = COLLECTOR_FAULTS[fault];
  await sleep(FAULTY_MILLIS);
  if (fault === "is down") await collector.start();
  answer = undefined;
  if (service.connected) service.send("none");
}
const endAt = performance.now() + minutes * 60_000;
while (performance.now() + FAULT_MILLIS <= endAt) {
  await sleep(FAULT_MILLIS - FAULTY_MILLIS);
  // Each fault once before any is there twice, in an order of chance.
  const rest = FAULTS.filter(
    (fault) => !injected.slice(-(injected.length % FAULTS.length || FAULTS.length)).includes(fault),
  );
  const choice = rest.length > 0 ? rest : FAULTS;
  await inject(choice[Math.floor(Math.random() * choice.length)]);
}
const { code, signal } = await over;
await collector.stop();
rmSync(dir, { recursive: true, force: true });

/** Least squares, in units an hour. */
function slopePerHour(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return (over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)) * 3600;
}

const last = looks.at(-1);
const steady = looks.slice(Math.floor(looks.length / 5), -1);
const early = steady.slice(0, Math.ceil(steady.length / 3));
const late = steady.slice(-Math.ceil(steady.length / 3));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const heapSlope = slopePerHour(steady.map(({ seconds, heapMiB }) => [seconds, heapMiB]));
const heaps = [median(early.map(({ heapMiB }) => heapMiB)), median(late.map(({ heapMiB }) => heapMiB))];
const descriptors = [early, late].map((part) => median(part.map((look) => look.descriptors)));
const imbalances = looks.flatMap(({ processors }) => processors.map(imbalance)).filter((rest) => rest !== 0).length;
const figures = {
  minutes,
  perSecond: PER_SECOND,
  faults: injected,
  looks: looks.length,
  heapMiB: heaps.map((heap) => Number(heap.toFixed(1))),
  heapSlopeMiBPerHour: Number(heapSlope.toFixed(2)),
  peakRssMiB: Math.round(Math.max(...looks.map(({ rssMiB }) => rssMiB))),
  descriptors,
  mostDescriptors: Math.max(...looks.map((look) => look.descriptors)),
  processors: last.processors,
  contained: last.faults,
};
if (process.argv.includes("--looks")) writeFileSync("soak-looks.json", JSON.stringify(looks, null, 1));
report("soak", {
  ...figures,
  checks: {
    "the service lived to its end": code === 0 && signal === null,
    "every ledger balanced at every look": imbalances === 0 && looks.length > minutes * 5,
    "every span was made": last.processors.every(({ ended }) => ended > minutes * 60 * PER_SECOND * 0.95),
    "nothing waits in the end": last.processors.every(({ queued, inFlight }) => queued + inFlight === 0),
    "the file lost nothing": Object.keys(last.processors.find(({ name }) => name === "file").dropped).length === 0,
    // A queue that an outage fills is emptied again; what is left over is measured between two calm thirds.
    "the heap is flat": heaps[1] - heaps[0] < 2,
    "descriptors are constant": descriptors[1] - descriptors[0] <= 1,
  },
});
