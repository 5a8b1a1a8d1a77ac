import { spawnSync } from "node:child_process";

/** A command ended with a status other than 0, or was not there to run. The message carries what it printed. */
export class CommandFailed extends Error {}

/** Runs a command to its end and returns its standard output; what it printed is shown only when it fails. */
export function run(command, args, { cwd, env, timeoutMillis = 300_000 } = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: timeoutMillis,
    maxBuffer: 64 * 1024 * 1024,
    // npm is a script on Windows.
    shell: process.platform === "win32" && command === "npm",
  });
  if (error !== undefined || status !== 0) {
    const how = error?.message ?? `status ${status ?? signal}`;
    throw new CommandFailed(`${command} ${args.join(" ")}: ${how}\n${stdout ?? ""}${stderr ?? ""}`.trim());
  }
  return stdout;
}
