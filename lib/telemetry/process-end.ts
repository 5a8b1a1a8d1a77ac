import type { SpanRouter } from "../processors/index.js";

/**
 * This exports what is queued when the process ends by itself or by `process.exit`. The first may wait for exporters;
 * the second may not, and serves those that write at once, such as the file exporter. Returns the undoing.
 */
export function handleProcessEnd(router: SpanRouter): () => void {
  const onBeforeExit = (): void => void router.forceFlush();
  const onExit = (): void => {
    router.exportAtOnce();
  };
  process.once("beforeExit", onBeforeExit);
  process.once("exit", onExit);
  return () => {
    process.off("beforeExit", onBeforeExit);
    process.off("exit", onExit);
  };
}
