// Sends the traces of some jobs to a Collector, and keeps them on the disk while there is none:
// node --import tsx samples/collector/main.ts
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { OtlpSpanExporter } from "spandrel/exporters";
import { Mailroom } from "./mailroom.js";

const JOBS = Number(process.env["SAMPLE_JOBS"] ?? 5);
const spool = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "spool");

async function main(): Promise<void> {
  const telemetry = startTelemetry({
    appName: "mailroom",
    processors: {
      default: {
        // OTEL_EXPORTER_OTLP_ENDPOINT says where to, else it is localhost:4318; the headers' variable carries a token.
        exporter: new OtlpSpanExporter({ compression: "gzip" }),
        // A span is in this folder when its method has returned, and leaves it when the Collector has said yes.
        durable: { dir: spool },
      },
    },
  });

  const mailroom = new Mailroom();
  const answers = await Promise.allSettled(Array.from({ length: JOBS }, (_, order) => mailroom.answer(order)));
  const failed = answers.filter(({ status }) => status === "rejected").length;
  console.log(`${JOBS} jobs, ${failed} of them failed`);

  await telemetry.shutdown();
  for (const { ended, recovered, exported, queued, rejected } of telemetry.status().processors) {
    console.log(`${ended - recovered} spans of this run, ${recovered} of earlier ones`);
    console.log(`${exported} delivered, ${rejected} refused, ${queued} wait in ${spool} for the next run`);
  }
}

void main();
