import { FileSpanExporter, OtlpSpanExporter, RespanSpanExporter, type SpanExporter } from "../exporters/index.js";
import { log } from "../internal/index.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** Where traces go when nothing else is said, relative to the working directory. */
export const LOCAL_FILE = ".spandrel/traces.jsonl";

/**
 * The exporter of the processor `default`; undefined in production, when nothing says where traces are to go. Throws
 * `InvalidOptionError` for an address, a header or a variable that cannot be used.
 */
export function createDefaultExporter(options: ResolvedOptions): SpanExporter | undefined {
  const { customExporter, respan, headers = {} } = options;
  if (customExporter !== undefined) return customExporter;
  if (respan !== undefined) return new RespanSpanExporter({ ...respan, headers });
  if (options.hasOtlpEndpoint) return new OtlpSpanExporter({ headers });
  if (options.isProduction) {
    log.warn(
      "SPANDREL_NO_DESTINATION",
      "NODE_ENV is production and no destination is given, so spans go nowhere; give OTEL_EXPORTER_OTLP_ENDPOINT, apiKey, " +
        "customExporter or processors.default",
    );
    return undefined;
  }
  log.warn(
    "SPANDREL_LOCAL_FILE",
    `traces go to ${LOCAL_FILE}, a trace batch a line (OTLP JSON Lines); to read them here instead, start with ` +
      'customExporter: new ConsoleSpanExporter() from "spandrel/exporters"',
  );
  return new FileSpanExporter({ path: LOCAL_FILE });
}
