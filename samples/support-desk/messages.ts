import { readFileSync } from "node:fs";

export interface Message {
  readonly id: string;
  readonly customer: string;
  readonly thread: string;
  readonly text: string;
}

/** Reads a file of support mail; what the format is, is told at the top of `messages.txt`. */
export function readMessages(path: string): Message[] {
  const mail = readFileSync(path, "utf8").replace(/^#.*\n/gm, "");
  return mail.split(/^---$/m).map((part, index) => parseMessage(part.trim(), index));
}

function parseMessage(part: string, index: number): Message {
  const [head = "", ...paragraphs] = part.split("\n\n");
  const headers = new Map(head.split("\n").map((line) => line.split(": ", 2) as [string, string]));
  const header = (name: string) => {
    const value = headers.get(name);
    if (!value) throw new Error(`Message ${index + 1} has no "${name}:" line.`);
    return value;
  };
  return { id: header("id"), customer: header("customer"), thread: header("thread"), text: paragraphs.join("\n\n") };
}
