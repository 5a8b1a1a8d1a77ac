// A collector that is down, slow, full or mute, and what becomes of the spans: with a durable processor and without. Takes
// about 80 seconds, as the outages are real ones.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startCollector } from "./collector.mjs";
import { report } from "./report.mjs";
import { imbalance, runService } from "./run-service.mjs";

const dirs = [];
function freshDir() {
  const dir = mkdtempSync(join(tmpdir(), "spandrel-outage-"));
  dirs.push(dir);
  return dir;
}

/** Runs a service, and for a durable one the next start that delivers what it has left. */
async function run(name, collector, settings, during = async () => {}) {
  const dir = freshDir();
  const service = runService({ url: collector.url, dir, ...settings });
  const [end] = await Promise.all([service.ended, during()]);
  const ids = [...service.acknowledged];
  const delivered = () => ids.filter((id) => collector.seen.has(id)).length;
  const first = delivered();
  if (settings.isDurable && first < ids.length) {
    collector.mend?.();
    await runService({ url: collector.url, dir, spans: 1 }).ended;
  }
  const result = {
    name,
    ended: ids.length,
    deliveredByItself: first,
    delivered: delivered(),
    repeated: collector.repeated,
    requests: collector.requests,
    pauseMillis: Math.round(collector.pauseMillis),
    closingMillis: Math.round(end.closingMillis),
    dropped: end.ledger.dropped,
    rejected: end.ledger.rejected,
    imbalance: imbalance(end.ledger),
    said: end.said,
  };
  await collector.stop();
  return result;
}

async function down(isDurable, perSecond) {
  const collector = await startCollector();
  return run(`down 30 of 40 s at ${perSecond}/s`, collector, { isDurable, perSecond, seconds: 40 }, async () => {
    await sleep(5000);
    await collector.stop();
    await sleep(30_000);
    await collector.start();
  });
}

/** The first answer asks for a minute. */
async function busy(isDurable) {
  const collector = await startCollector((number) =>
    number === 0 ? { status: 503, headers: { "retry-after": "60" } } : undefined,
  );
  return run("503 with Retry-After: 60", collector, { isDurable, perSecond: 20, seconds: 68 });
}

async function slow(isDurable) {
  let afterMillis = 3000;
  const collector = await startCollector(() => ({ afterMillis }));
  collector.mend = () => (afterMillis = 0);
  return run("answers in 3 s at 1,000/s for 15 s", collector, { isDurable, perSecond: 1000, seconds: 15 });
}

async function mute(isDurable) {
  let isMute = true;
  const collector = await startCollector(() => (isMute ? "hang" : undefined));
  collector.mend = () => (isMute = false);
  return run("never answers", collector, { isDurable, spans: 100 });
}

async function answering(name, answers, settings) {
  const collector = await startCollector((number) => answers[number]);
  return run(name, collector, { isDurable: false, spans: 100, seconds: 20, ...settings });
}

const partial = JSON.stringify({ partialSuccess: { rejectedSpans: "60", errorMessage: "too many" } });
const results = await Promise.all([
  down(true, 100),
  down(true, 50),
  down(false, 100),
  busy(true),
  busy(false),
  slow(true),
  slow(false),
  mute(true),
  mute(false),
  answering(
    "429 twice with Retry-After: 2",
    [1, 2].map(() => ({ status: 429, headers: { "retry-after": "2" } })),
  ),
  answering("500 once", [{ status: 500 }]),
  answering("400", [{ status: 400 }]),
  answering("401", [{ status: 401 }]),
  answering("307", [{ status: 307, headers: { location: "http://127.0.0.1:9/" } }]),
  answering("200 with 60 rejected", [{ body: partial, headers: { "content-type": "application/json" } }]),
]);
for (const dir of dirs) rmSync(dir, { recursive: true, force: true });

const checks = {};
for (const result of results) {
  const { name, ended, delivered, rejected, dropped, imbalance: rest } = result;
  console.log(JSON.stringify(result));
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const which = `${name} (${results.indexOf(result)})`;
  checks[`${which}: the ledger balances`] = rest === 0;
  checks[`${which}: what did not arrive was counted`] = delivered + rejected + lost >= ended;
  checks[`${which}: closed within 10 s`] = result.closingMillis <= 10_000;
}
const all = ({ ended, delivered }) => ended > 0 && delivered === ended;
const [down100, down50, downMemory, busyDurable, busyMemory, slowDurable, slowMemory, muteDurable, muteMemory] =
  results;
const [, , , , , , , , , full, failing, bad, unauthorized, moved, part] = results;
checks["down, durable at 100/s: all arrive"] = all(down100);
checks["down, durable at 50/s: all arrive"] = all(down50);
checks["down, in memory: all arrive"] = all(downMemory);
for (const [how, busyOne] of Object.entries({ durable: busyDurable, "in memory": busyMemory }))
  checks[`Retry-After 60, ${how}: all arrive, and none before it is over`] =
    all(busyOne) && busyOne.pauseMillis >= 60_000;
checks["slow, durable: all arrive"] = all(slowDurable);
checks["slow, in memory: some arrive, and what does not is counted as dropped"] =
  slowMemory.delivered > 0 && Object.keys(slowMemory.dropped).length > 0;
checks["mute, durable: the next start delivers all"] = all(muteDurable) && muteDurable.deliveredByItself === 0;
checks["mute, in memory: all are counted"] = muteMemory.dropped.shutdown === 100;
checks["429 twice: all arrive"] = all(full);
checks["500 once: all arrive"] = all(failing);
for (const [status, result] of Object.entries({ 400: bad, 401: unauthorized, 307: moved })) {
  const lines = result.said.filter((line) => line.includes("SPANDREL_EXPORT_REJECTED"));
  checks[`${status}: rejected, said in one line with processor and status`] =
    result.rejected > 0 && lines.length === 1 && lines[0].includes('"default"') && lines[0].includes(status);
}
checks["partial success: what the server refused is rejected"] = part.rejected === 60;
report("outages", { scenarios: results.map((result) => ({ ...result, said: undefined })), checks });
