import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import type { ReadableSpan } from "../../lib/exporters/index.js";
import { type ProcessorLedger, type Telemetry, type TelemetryOptions, startTelemetry } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";

const OURS = /^(OTEL|RESPAN|SPANDREL|TRACELOOP)_/;
const started: Telemetry[] = [];
let saved: NodeJS.ProcessEnv = {};

/** Gives each spec of the file an environment that says nothing to us, and shuts down whatever it starts. */
export function freshTelemetry(): void {
  beforeEach(() => {
    saved = { ...process.env };
    for (const name of Object.keys(process.env)) if (OURS.test(name)) delete process.env[name];
    silenceLog();
  });
  afterEach(async () => {
    for (const telemetry of started.splice(0)) await telemetry.shutdown();
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
    Object.assign(process.env, saved);
  });
}

/** What has been written to stderr since the log was last silenced. */
export let said: string[] = [];

function silenceLog(): void {
  said = [];
  const lines = said;
  resetLog((line) => void lines.push(line));
}

/** `startTelemetry`, shut down after the spec. */
export function start(options?: TelemetryOptions): Telemetry {
  const telemetry = startTelemetry(options);
  started.push(telemetry);
  return telemetry;
}

export interface Recording {
  readonly telemetry: Telemetry;
  readonly exporter: InMemorySpanExporter;
  /** Flushes and returns what was exported. */
  spans(): Promise<ReadableSpan[]>;
  /** The names of what was exported, in order of their ends. */
  names(): Promise<string[]>;
}

/** Starts telemetry whose default destination is memory. */
export function record(options: TelemetryOptions = {}): Recording {
  const exporter = new InMemorySpanExporter();
  const telemetry = start({ customExporter: exporter, ...options });
  const spans = async (): Promise<ReadableSpan[]> => {
    await telemetry.flush();
    return exporter.getFinishedSpans();
  };
  return { telemetry, exporter, spans, names: async () => (await spans()).map((span) => span.name) };
}

/** The ledger of this name; throws when there is none. */
export function ledgerOf(telemetry: Telemetry, name: string): ProcessorLedger {
  const found = telemetry.status().processors.find((ledger) => ledger.name === name);
  if (found === undefined) throw new Error(`no ledger is called ${name}`);
  return found;
}
