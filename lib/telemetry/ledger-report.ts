import { contain, log } from "../internal/index.js";
import type { ProcessorLedger } from "../processors/index.js";

/**
 * This tells in one line which processors have not delivered every span, or undefined when all have. Spans that wait in
 * a spool are not lost: they alone make no line.
 *
 * @example
 * ```ts
 * describeLosses(status().processors);
 * // not every span was delivered: processor "default": 1,197 of 1,200 exported, 2 dropped (queue_full 2), 1 rejected
 * ```
 */
export function describeLosses(ledgers: readonly ProcessorLedger[]): string | undefined {
  const losses = ledgers.filter(hasLoss).map(describeLedger);
  return losses.length === 0 ? undefined : `not every span was delivered: ${losses.join("; ")}`;
}

/** This tells in one line how many spans wait in a spool, or undefined when none does. */
export function describeSpooled(ledgers: readonly ProcessorLedger[]): string | undefined {
  const waiting = ledgers
    .filter((ledger) => ledger.isDurable && leftOver(ledger) > 0)
    .map((ledger) => `${countSpans(leftOver(ledger))} of processor "${ledger.name}"`);
  return waiting.length === 0 ? undefined : `in the spool for the next start: ${waiting.join(", ")}`;
}

/**
 * This makes what says both, the first time it is called and never again: as a warning what is lost, as information
 * what waits. `telemetry` tells one telemetry of the process from the next. It never throws.
 */
export function createFinalReport(read: () => readonly ProcessorLedger[], telemetry: string): () => void {
  let isSaid = false;
  return () => {
    if (isSaid) return;
    isSaid = true;
    try {
      const ledgers = read();
      const losses = describeLosses(ledgers);
      if (losses !== undefined) log.warn("SPANDREL_LEDGER", losses, telemetry);
      const spooled = describeSpooled(ledgers);
      if (spooled !== undefined) log.info("SPANDREL_SPOOLED", spooled, telemetry);
    } catch (error) {
      contain("SPANDREL_FINAL_REPORT", "the report of what was delivered", error);
    }
  };
}

function hasLoss(ledger: ProcessorLedger): boolean {
  const isLeftOverLost = !ledger.isDurable && leftOver(ledger) > 0;
  return isLeftOverLost || ledger.rejected > 0 || droppedSpans(ledger) > 0;
}

function describeLedger(ledger: ProcessorLedger): string {
  const { name, ended, recovered, filtered, queued, inFlight, exported, rejected, dropped, isDurable } = ledger;
  const reasons = Object.entries(dropped).map(([reason, spans]) => `${reason} ${formatCount(spans)}`);
  const inherited = recovered > 0 ? ` (${formatCount(recovered)} from an earlier process)` : "";
  const parts = [
    `${formatCount(exported)} of ${formatCount(ended - filtered)}${inherited} exported`,
    droppedSpans(ledger) > 0 && `${formatCount(droppedSpans(ledger))} dropped (${reasons.join(", ")})`,
    rejected > 0 && `${formatCount(rejected)} rejected`,
    !isDurable && queued > 0 && `${formatCount(queued)} still queued`,
    !isDurable && inFlight > 0 && `${formatCount(inFlight)} without an answer`,
    isDurable && leftOver(ledger) > 0 && `${formatCount(leftOver(ledger))} in the spool`,
  ];
  return `processor "${name}": ${parts.filter((part) => part !== false).join(", ")}`;
}

function leftOver({ queued, inFlight }: ProcessorLedger): number {
  return queued + inFlight;
}

function droppedSpans({ dropped }: ProcessorLedger): number {
  return Object.values(dropped).reduce((sum, spans) => sum + spans, 0);
}

function countSpans(spans: number): string {
  return `${formatCount(spans)} ${spans === 1 ? "span" : "spans"}`;
}

function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}
