import type { ValidationIssue } from "../response-schema/index.js";
import type { AnswerFormat } from "./answer-format.js";
import type { CallSettings } from "./call-settings.js";
import type { Extraction } from "./extraction.js";
import { StreamedMessage } from "./streamed-message.js";

/**
 * Yields what is known of a streamed value whenever more of it is, and at last the value, validated. Where a part that
 * is finished is not valid, or the whole is not, it is asked for again, or the extraction fails.
 */
export async function* extractPartials<T>(
  open: () => Extraction,
  format: AnswerFormat<T>,
  settings: CallSettings,
): AsyncGenerator<unknown, T, undefined> {
  // Not before: nobody would stop the clock of a stream that is never pulled.
  const extraction = open();
  try {
    for (;;) {
      const streamed = await StreamedMessage.open(extraction, settings.params["stream_options"], settings.onAttempt);
      const reader = format.openPartial();
      let issues: readonly ValidationIssue[] = [];
      let last: unknown;
      for await (const delta of streamed.deltas()) {
        reader.read(delta);
        // After the first part that is wrong the answer is read on only to be shown to the model.
        if (issues.length > 0) continue;
        issues = await extraction.validate(() => reader.validateFinished());
        if (issues.length > 0 && !extraction.isRetryable) extraction.rejected(issues);
        const { snapshot } = reader;
        if (issues.length > 0 || snapshot === last) continue;
        last = snapshot;
        yield snapshot;
      }
      const message = streamed.finish();
      const result = await extraction.validate(() => reader.finish(message));
      if (result.success) {
        extraction.accepted();
        yield result.data;
        return result.data;
      }
      extraction.rejected(result.issues, message);
    }
  } finally {
    extraction.limits.dispose();
  }
}
