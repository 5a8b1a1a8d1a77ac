import { errorText, log } from "../internal/index.js";
import type { Poison, Setback } from "./export-call.js";
import type { Ledger } from "./ledger.js";

/** This says what has gone wrong with one processor's spans, each kind of fault once. */
export class DeliveryLog {
  readonly #name: string;
  readonly #ledger: Ledger;

  constructor(name: string, ledger: Ledger) {
    this.#name = name;
    this.#ledger = ledger;
  }

  /** Said when a burst is over, so that the line carries the count. */
  sayQueueFull(): void {
    const spans = this.#ledger.dropped("queue_full");
    if (spans === 0) return;
    this.#warn(
      "SPANDREL_QUEUE_FULL",
      `processor "${this.#name}" has dropped ${spans} spans because its queue was full. ` +
        "Raise queue.maxSpans or queue.maxBytes, or use a faster exporter; status() goes on counting.",
    );
  }

  sayTimeout(spans: number, millis: number): void {
    const late = `did not answer within ${millis} ms; ${spans} spans are lost`;
    this.#warn("SPANDREL_EXPORT_TIMEOUT", `the exporter of processor "${this.#name}" ${late}`);
  }

  /** `rejected` of the batch's spans were refused for good, the others not delivered. */
  sayFailed(spans: number, rejected: number, error: unknown): void {
    const reason = errorText(error);
    if (rejected > 0) {
      const refused = `has refused ${rejected} spans of processor "${this.#name}" for good: ${reason}`;
      this.#warn("SPANDREL_EXPORT_REJECTED", `the destination ${refused}`);
    }
    if (spans > rejected) {
      const lost = `failed; ${spans - rejected} spans are lost: ${reason}`;
      this.#warn("SPANDREL_EXPORT_FAILED", `the exporter of processor "${this.#name}" ${lost}`);
    }
  }

  sayPoison({ spans, error }: Poison): void {
    this.sayFailed(spans, 0, error);
  }

  sayPutOff(setback: Setback, timeoutMillis: number, isDurable: boolean): void {
    const reason = setback.kind === "timeout" ? `no answer within ${timeoutMillis} ms` : errorText(setback.error);
    this.#warn(
      "SPANDREL_EXPORT_PUT_OFF",
      `processor "${this.#name}" cannot deliver now; its spans are sent again${isDurable ? "" : ", those that there is room for"}: ${reason}`,
    );
  }

  #warn(code: string, message: string): void {
    log.warn(code, message, this.#name);
  }
}
