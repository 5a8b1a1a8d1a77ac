import { sharedSlot } from "./shared-state.js";

/** This is told of every span that starts recording, and of what becomes of it. It must not throw. */
export interface SpanWatch {
  started(span: object): void;
  ended(span: object): void;
  /** The span is let go of without an end, as nobody saw it: another takes its place, or there is nothing to record. */
  dropped(span: object): void;
}

/** The one that watches now: a test that wants to know which spans are open. */
export const spanWatch = sharedSlot<{ current: SpanWatch | undefined }>("span-watch", () => ({ current: undefined }));
