// `--import tsx` serves the main thread only: this does the same for the threads that a program starts.
import { isMainThread } from "node:worker_threads";

if (!isMainThread) {
  const { register } = await import("tsx/esm/api");
  register();
}
