import { join, resolve, sep } from "node:path";

/** The root of the project. */
export const ROOT = resolve(__dirname, "../..");

// At once: a spec may clear the environment.
const fault: { file?: string; find: string; replace: string } = JSON.parse(process.env["SPANDREL_FAULT"] ?? "{}");

/** The text of a source as the mutation check would have it, whose faults reach child processes in no other way. */
export function withFault(text: string, path: string): string {
  if (fault.file === undefined || path !== join(ROOT, fault.file.split("/").join(sep))) return text;
  return text.replace(fault.find, () => fault.replace);
}
