/** This calls `ping` after so many milliseconds without a `touch`, and again as long. It keeps no process from its end. */
export class KeepAlive {
  readonly #millis: number;
  readonly #ping: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** `ping` says whether there is still somebody to wait for; 0 milliseconds never call it. */
  constructor(millis: number, ping: () => boolean) {
    this.#millis = millis;
    this.#ping = ping;
  }

  touch(): void {
    if (this.#millis === 0) return;
    this.#timer = this.#timer?.refresh() ?? setTimeout(() => this.#tick(), this.#millis).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#ping()) this.#timer?.refresh();
    else this.#timer = undefined;
  }
}
