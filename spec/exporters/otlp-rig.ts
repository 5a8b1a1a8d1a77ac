import {
  OtlpSpanExporter,
  type ExportResult,
  type OtlpSpanExporterOptions,
  type ReadableSpan,
  type SpanExporter,
} from "../../lib/exporters/index";
import { resetLog } from "../../lib/internal/index";
import { startOtlpReceiver, type OtlpReceiver } from "../support/otlp-receiver";

const closers: (() => Promise<unknown>)[] = [];

/** What was logged since the test began. */
export const logged: string[] = [];

beforeEach(() => {
  logged.length = 0;
  resetLog((line) => void logged.push(line));
});

afterEach(async () => {
  // The receiver first, so that no exporter waits for an answer that never comes.
  for (const close of closers.splice(0)) await close();
});

/** A receiver that is closed after the test. */
export async function startReceiver(options: Parameters<typeof startOtlpReceiver>[0] = {}): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver(options);
  closers.unshift(() => receiver.close());
  return receiver;
}

/** An exporter that is shut down after the test. */
export function track<E extends SpanExporter>(exporter: E): E {
  closers.push(() => exporter.shutdown());
  return exporter;
}

/** An exporter that sees these variables only. */
export function makeExporter(
  options: OtlpSpanExporterOptions = {},
  env: Readonly<Record<string, string>> = {},
): OtlpSpanExporter {
  return track(new OtlpSpanExporter(options, env));
}

/** Exports a batch and resolves with what the callback was given; fails when it was called twice. */
export function exportBatch(exporter: SpanExporter, ...spans: ReadableSpan[]): Promise<ExportResult> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    exporter.export(spans, (result) => {
      calls++;
      if (calls > 1) reject(new Error("the callback was called twice"));
      // A second call would follow in one of the next microtasks.
      else setImmediate(() => resolve(result));
    });
  });
}

/** A promise and what resolves it. */
export function makeGate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
