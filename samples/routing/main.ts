// Sends spans to five files by tag and by filter: node --import tsx samples/routing/main.ts
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SpanStatusCode } from "@opentelemetry/api";
import { startTelemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import { NightlyReport } from "./nightly-report.js";

const out = process.env["SAMPLE_OUT"] ?? join(__dirname, "out");
const pathOf = (name: string) => join(out, `${name}.jsonl`);
const exporterTo = (name: string) => new FileSpanExporter({ path: pathOf(name) });

const NAMES = ["default", "debug", "slow", "staging", "errors"];

async function main(): Promise<void> {
  // The exporter appends; what is printed below shall be this run alone.
  for (const name of NAMES) rmSync(pathOf(name), { force: true });

  const telemetry = startTelemetry({
    appName: "routing",
    processors: {
      // Gets what has no tag, and what is tagged "default".
      default: { exporter: exporterTo("default") },
      // Gets what is tagged "debug".
      debug: { exporter: exporterTo("debug") },
    },
  });
  // A name and a filter: tagged "slow", and longer than 200 ms.
  telemetry.addProcessor({
    name: "slow",
    exporter: exporterTo("slow"),
    filter: ({ duration: [seconds, nanos] }) => seconds * 1_000 + nanos / 1_000_000 > 200,
  });
  telemetry.addProcessor({
    name: "staging",
    exporter: exporterTo("staging"),
    filter: (span) => span.attributes["env"] === "staging",
  });
  // A filter without a name decides alone, on every span.
  telemetry.addProcessor({
    exporter: exporterTo("errors"),
    filter: (span) => span.status.code === SpanStatusCode.ERROR,
  });

  await new NightlyReport().run();
  await telemetry.shutdown();

  for (const name of NAMES) {
    console.log(`${name.padEnd(8)} ${spanNamesIn(pathOf(name)).join(" ")}`);
  }
  console.log(`\nThe files are in ${out}`);
}

interface TracesData {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly { name: string }[] }[];
  }[];
}

/** The names of all spans in a file of OTLP JSON Lines. */
function spanNamesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return lines
    .flatMap((line) => (JSON.parse(line) as TracesData).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ name }) => name);
}

void main();
