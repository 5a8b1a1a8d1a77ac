import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SERVICE = fileURLToPath(new URL("service.mjs", import.meta.url));

/**
 * Starts the service and follows it: `acknowledged` is the set of ids it has said, `ended` resolves with its ledger (when
 * it lived to tell), what else it said on stderr, and how it ended.
 */
export function runService(settings) {
  const child = spawn(process.execPath, [SERVICE, JSON.stringify(settings)], { stdio: ["ignore", "pipe", "pipe"] });
  const acknowledged = new Set();
  let rest = "";
  let stderr = "";
  let sawFirst;
  const firstSpan = new Promise((resolve) => (sawFirst = resolve));
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text) => {
    const lines = (rest + text).split("\n");
    // A kill may cut the last line: what was not said whole was not acknowledged.
    rest = lines.pop();
    for (const line of lines) acknowledged.add(line);
    sawFirst();
  });
  child.stderr.on("data", (text) => (stderr += text));
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => {
      sawFirst();
      const told = /^LEDGER (.*)$/m.exec(stderr);
      const { ledger, closingMillis } = told === null ? {} : JSON.parse(told[1]);
      const said = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("LEDGER "));
      resolve({ code, signal, ledger, closingMillis, said });
    });
  });
  return { acknowledged, firstSpan, ended, kill: () => child.kill("SIGKILL") };
}

/** Ended minus everything it should be equal to. */
export function imbalance({ ended, filtered, queued, inFlight, exported, rejected, dropped }) {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return ended - (filtered + queued + inFlight + exported + rejected + lost);
}
