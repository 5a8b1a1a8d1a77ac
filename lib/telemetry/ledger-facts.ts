import type { ProcessorLedger } from "../processors/index.js";
import { LEDGER, LEDGER_PROCESS, LEDGER_TIME } from "../semconv.js";

/**
 * This turns ledgers into the facts that an exporter takes down beside the spans (`SpanExporter.note`): OpenTelemetry
 * attribute values, of which the ledgers themselves are JSON, `[{ name, isDurable, ended, recovered, filtered,
 * queued, inFlight, exported, rejected, dropped }]`. `id` is one of this start, and `timeMillis` the time of the
 * reading, in milliseconds since 1970.
 */
export function ledgerFacts(
  ledgers: readonly ProcessorLedger[],
  id: string,
  timeMillis: number,
): Readonly<Record<string, string>> {
  return {
    [LEDGER]: JSON.stringify(ledgers.map(toPlain)),
    [LEDGER_PROCESS]: id,
    [LEDGER_TIME]: new Date(timeMillis).toISOString(),
  };
}

/** Field by field: what else a ledger may come to carry is not for a file. */
function toPlain(ledger: ProcessorLedger): ProcessorLedger {
  const { name, isDurable, ended, recovered, filtered, queued, inFlight, exported, rejected, dropped } = ledger;
  return { name, isDurable, ended, recovered, filtered, queued, inFlight, exported, rejected, dropped };
}
