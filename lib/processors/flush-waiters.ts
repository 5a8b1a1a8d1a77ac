interface FlushWaiter {
  /** How many spans must be settled. */
  readonly until: number;
  /** Up to which moment of the monotonic clock a batch that is put off is waited for. */
  readonly patience: number;
  readonly resolve: () => void;
}

/** This keeps who waits for a line's spans to be settled. */
export class FlushWaiters {
  #waiters: FlushWaiter[] = [];

  add(until: number, patience: number): Promise<void> {
    return new Promise((resolve) => void this.#waiters.push({ until, patience, resolve }));
  }

  /** So many spans are settled now. */
  advance(done: number): void {
    if (this.#waiters.length > 0) this.#release((waiter) => waiter.until <= done);
  }

  /** Nothing more is sent before this moment. */
  putOff(until: number): void {
    this.#release((waiter) => waiter.patience < until);
  }

  #release(isReleased: (waiter: FlushWaiter) => boolean): void {
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => !isReleased(waiter));
    for (const waiter of waiters) if (isReleased(waiter)) waiter.resolve();
  }
}
