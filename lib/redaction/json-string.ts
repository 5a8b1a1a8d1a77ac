const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([^]?))/g;
const MEANINGS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** What the text between the quotes of a JSON string stands for. Text that was cut, or is no JSON, is read as it can be. */
export function decodeString(content: string): string {
  if (!content.includes("\\")) return content;
  try {
    return JSON.parse(`"${content}"`) as string;
  } catch {
    return content.replace(ESCAPE, (_escape, hex: string | undefined, unit: string = "") =>
      hex === undefined ? (MEANINGS[unit] ?? unit) : String.fromCharCode(parseInt(hex, 16)),
    );
  }
}

/** The text as it stands between the quotes of a JSON string. */
export function encodeString(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
