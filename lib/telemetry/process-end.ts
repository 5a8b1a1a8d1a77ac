import type { SpanRouter } from "../processors/index.js";
import { flushOnSignals } from "./end-by-signal.js";

/** An exporter that hangs may delay the natural end of the process by this much. */
const NATURAL_END_MILLIS = 2_000;

/**
 * This exports what is queued when the process ends: by itself or by SIGTERM or SIGINT, where it waits for exporters,
 * 2 s at most; and by `process.exit`, an uncaught exception or an unhandled rejection, where nothing can wait, so that
 * exporters that write at once are served, such as the file exporter. `onEnd` is called when nothing more can be done,
 * more than once where the process lives on. Exit codes, what Node prints and the listeners of others are unchanged.
 * Returns the undoing.
 */
export function handleProcessEnd(
  router: Pick<SpanRouter, "isIdle" | "forceFlush" | "exportAtOnce">,
  onEnd: () => void = () => {},
): () => void {
  let hasGivenUp = false;
  const onBeforeExit = (): void => {
    if (hasGivenUp || router.isIdle) return;
    void router.forceFlush(NATURAL_END_MILLIS).then(() => {
      hasGivenUp = !router.isIdle;
    });
  };
  const finish = (): void => {
    router.exportAtOnce();
    onEnd();
  };
  process.on("beforeExit", onBeforeExit);
  process.once("exit", finish);
  const leaveSignals = flushOnSignals({ flush: (withinMillis) => router.forceFlush(withinMillis), finish });
  return () => {
    process.off("beforeExit", onBeforeExit);
    process.off("exit", finish);
    leaveSignals();
  };
}
