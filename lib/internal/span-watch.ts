import { sharedSlot } from "./shared-state.js";

/** This is told of every span that starts recording and of every one that ends. It must not throw. */
export interface SpanWatch {
  started(span: object): void;
  ended(span: object): void;
}

/** The one that watches now: a test that wants to know which spans are open. */
export const spanWatch = sharedSlot<{ current: SpanWatch | undefined }>("span-watch", () => ({ current: undefined }));
