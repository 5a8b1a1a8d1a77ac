import type { ConsoleStream } from "../../lib/exporters/index";

/** A stream that keeps what it is given; `take` returns and forgets it. */
export function makeStream(fields: Partial<ConsoleStream> = {}): ConsoleStream & { take(): string } {
  let text = "";
  return {
    write: (part) => void (text += part),
    take() {
      const taken = text;
      text = "";
      return taken;
    },
    ...fields,
  };
}
