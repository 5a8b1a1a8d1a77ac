import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { macrotask } from "./traces.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Collects garbage until `isDone`, with macrotasks between for finalizers to run in. False when it never was. */
export async function collectUntil(isDone: () => boolean): Promise<boolean> {
  for (let round = 0; round < 40 && !isDone(); round++) {
    await macrotask();
    gc();
    await macrotask();
  }
  return isDone();
}

/** Collects garbage and gives finalizers a few chances to run, where nothing is expected of them. */
export async function collect(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    gc();
    await macrotask();
  }
}
