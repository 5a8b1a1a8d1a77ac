import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { bundleFile } from "../support/bundle";

let program = "";
beforeAll(async () => {
  program = await bundleFile(join(__dirname, "fixtures/send-and-idle.ts"));
});

/**
 * Runs a process that exports one span, called `sent`, by an exporter made of these variables, prints what the callback
 * is given and does nothing more. Resolves when the process has ended by itself.
 */
export async function runSender(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly stdout: string }> {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { PATH, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { code: Number(code), stdout };
}
