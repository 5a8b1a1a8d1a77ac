// Runs the fault scripts of spec/faults (all but the soak, which takes its own time) against dist, and counts their checks.
//
//   node scripts/reliability.mjs            shorter: 40 kills, bursts of 200,000
//   node scripts/reliability.mjs --record   in full, and writes docs/measured/reliability.json
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";

const RECORD = resolve("docs/measured/reliability.json");
const isFull = process.argv.includes("--record");
const SCRIPTS = {
  kills: ["spec/faults/kill-rounds.mjs", "--rounds", isFull ? "200" : "40"],
  bursts: ["--expose-gc", "spec/faults/burst.mjs", "--spans", isFull ? "1000000" : "200000"],
  outages: ["spec/faults/outages.mjs"],
};

/** Resolves with what the script says it has measured, and with its counts. */
function runScript(name) {
  const child = spawn(process.execPath, SCRIPTS[name], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (part) => (text += part));
  return new Promise((done) => {
    child.on("close", () => {
      const result = /^RESULT (.*)$/m.exec(text);
      const counts = /^(\d+) passed, (\d+) failed$/m.exec(text);
      // The last line of this script is the sum.
      console.log(text.replace(/^(RESULT .*|\d+ passed, \d+ failed)\n/gm, ""));
      done({
        result: result === null ? undefined : JSON.parse(result[1]),
        passed: counts === null ? 0 : Number(counts[1]),
        failed: counts === null ? 1 : Number(counts[2]),
      });
    });
  });
}

// The outages are mostly waiting.
const [outages, [kills, bursts]] = await Promise.all([
  runScript("outages"),
  runScript("kills").then(async (kills) => [kills, await runScript("bursts")]),
]);
const all = { kills, bursts, outages };
if (isFull) {
  mkdirSync(resolve("docs/measured"), { recursive: true });
  const before = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};
  const results = Object.fromEntries(Object.entries(all).map(([name, { result }]) => [name, result]));
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(RECORD, `${JSON.stringify({ ...before, date, node: process.version, ...results }, null, 2)}\n`);
}
const sum = (key) => Object.values(all).reduce((total, part) => total + part[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 ? 0 : 1;
