import type { SpanRouter } from "../processors/index.js";

/** An exporter that hangs may delay the natural end of the process by this much. */
const NATURAL_END_MILLIS = 2_000;

/**
 * This exports what is queued when the process ends by itself or by `process.exit`. The first waits for exporters, 2 s
 * at most, and again if other listeners have gone on working; the second cannot wait, and serves exporters that write at
 * once, such as the file exporter. Exit codes are unchanged. Returns the undoing.
 */
export function handleProcessEnd(router: SpanRouter): () => void {
  let hasGivenUp = false;
  const onBeforeExit = (): void => {
    if (hasGivenUp || router.isIdle) return;
    void router.forceFlush(NATURAL_END_MILLIS).then(() => {
      hasGivenUp = !router.isIdle;
    });
  };
  const onExit = (): void => {
    router.exportAtOnce();
  };
  process.on("beforeExit", onBeforeExit);
  process.once("exit", onExit);
  return () => {
    process.off("beforeExit", onBeforeExit);
    process.off("exit", onExit);
  };
}
