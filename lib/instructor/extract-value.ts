import type { Fields } from "../instruments/index.js";
import type { AnswerFormat } from "./answer-format.js";
import type { Extraction } from "./extraction.js";

/** Asks until the answer is valid: gives the value and the completion that it came in. Throws as `Extraction` does. */
export async function extractValue<T>(extraction: Extraction, format: AnswerFormat<T>): Promise<[T, Fields]> {
  try {
    for (;;) {
      const completion = (await extraction.send({})) as Fields;
      const message = extraction.answered(completion);
      const result = await extraction.validate(() => format.read(message));
      if (result.success) {
        extraction.accepted();
        return [result.data, completion];
      }
      extraction.rejected(result.issues, message);
    }
  } finally {
    extraction.limits.dispose();
  }
}
