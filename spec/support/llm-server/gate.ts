/** Holds the events of a `gated` answer back until the test lets them go, one by one or all. */
export class Gate {
  #isOpen = false;
  #isLost = false;
  readonly #permits: ((isSent: boolean) => void)[] = [];
  #wake: (() => void) | undefined;

  /** Sends one more event; resolves to true once it is written, to false when there is none left or nobody to get it. */
  next(): Promise<boolean> {
    if (this.#isLost) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#permits.push(resolve);
      this.#wake?.();
    });
  }

  /** Sends all that is left. */
  open(): void {
    this.#isOpen = true;
    this.#wake?.();
  }

  /** For the server: waits for leave to send, then answers with what to call afterwards. */
  async pass(): Promise<(isSent: boolean) => void> {
    while (!this.#isLost) {
      const permit = this.#permits.shift();
      if (permit !== undefined) return permit;
      if (this.#isOpen) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return () => undefined;
  }

  /** For the server: nothing more will be sent. */
  close(): void {
    this.#isLost = true;
    this.#wake?.();
    for (const permit of this.#permits.splice(0)) permit(false);
  }
}
