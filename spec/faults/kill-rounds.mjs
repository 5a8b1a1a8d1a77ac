// Kills a service that writes spans of 1 kB and of 100 kB, at a random moment, again and again in one spool folder; each
// start takes over what the one before has left. In the end every span that was acknowledged has arrived.
// node spec/faults/kill-rounds.mjs [--rounds N]
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startCollector } from "./collector.mjs";
import { report } from "./report.mjs";
import { runService } from "./run-service.mjs";

const at = process.argv.indexOf("--rounds");
const rounds = at < 0 ? 200 : Number(process.argv[at + 1]);
const LONGEST_MILLIS = 250;
const ATONCE = 2;

const dir = mkdtempSync(join(tmpdir(), "spandrel-kill-"));
const collector = await startCollector();
const acknowledged = new Set();
let wrong = 0;

async function round(number) {
  const service = runService({ url: collector.url, dir, bytes: number % 4 === 3 ? 100_000 : 1000 });
  await service.firstSpan;
  await sleep(Math.random() * LONGEST_MILLIS);
  service.kill();
  const { signal } = await service.ended;
  if (signal !== "SIGKILL") wrong++;
  for (const id of service.acknowledged) acknowledged.add(id);
}

let next = 0;
await Promise.all(
  Array.from({ length: ATONCE }, async () => {
    while (next < rounds) await round(next++);
  }),
);
// Twice: what was being taken over by the last but one is free only when that has ended.
const torn = [];
for (let start = 0; start < 2; start++) {
  const last = runService({ url: collector.url, dir, spans: 1 });
  const { ledger, said } = await last.ended;
  for (const id of last.acknowledged) acknowledged.add(id);
  torn.push(...said);
  if (ledger?.queued !== 0) wrong++;
}
await collector.stop();
const lost = [...acknowledged].filter((id) => !collector.seen.has(id)).length;
const left = readdirSync(dir);
rmSync(dir, { recursive: true, force: true });
report("kill -9", {
  rounds,
  acknowledged: acknowledged.size,
  lost,
  repeated: collector.repeated,
  filesLeft: left.length,
  checks: {
    "no acknowledged span is lost": lost === 0,
    "every round ended by the kill, and the last starts delivered all": wrong === 0,
    "there was something to lose": acknowledged.size >= rounds,
    "nothing is left in the folder": left.length === 0,
  },
  said: torn,
});
