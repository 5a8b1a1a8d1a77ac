const FIRST_MILLIS = 500;
const LONGEST_MILLIS = 30_000;

/** This spaces attempts that keep failing: half a second, doubling to half a minute, each a random half shorter at most. */
export class BackOff {
  #failures = 0;

  /** Milliseconds until the next attempt. */
  next(): number {
    const millis = Math.min(FIRST_MILLIS * 2 ** this.#failures, LONGEST_MILLIS);
    this.#failures++;
    // Without chance, all processes that an outage has hit would come back at the same moment.
    return millis * (1 - Math.random() / 2);
  }

  /** An attempt has succeeded. */
  reset(): void {
    this.#failures = 0;
  }
}
