import { FileSpanExporter, type SpanExporter } from "../exporters/index.js";
import { log } from "../internal/index.js";
import type { ResolvedOptions } from "./resolve-options.js";

/** Where traces go when nothing else is said, relative to the working directory. */
export const LOCAL_FILE = ".spandrel/traces.jsonl";

/** The exporter of the processor `default`; undefined in production, when nothing says where traces are to go. */
export function createDefaultExporter(options: ResolvedOptions): SpanExporter | undefined {
  if (options.customExporter !== undefined) return options.customExporter;
  if (options.unservedVariable !== undefined) {
    log.warn(
      "SPANDREL_NO_NETWORK_EXPORTER",
      `${options.unservedVariable} is set, but this version has no network exporter of its own; ` +
        "give one as customExporter (any OpenTelemetry SpanExporter)",
    );
  }
  if (options.isProduction) {
    log.warn(
      "SPANDREL_NO_DESTINATION",
      "NODE_ENV is production and no destination is given, so spans go nowhere; give customExporter or processors.default",
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
