// A service under test, steered by the JSON of its first argument. Every span is acknowledged on stdout, a line with its
// id, after its end() has returned.
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { OtlpSpanExporter } from "../../dist/esm/exporters/index.js";
import { getTracer, startTelemetry } from "./telemetry.mjs";

const {
  url,
  dir,
  isDurable = true,
  bytes = 1000,
  perSecond = 0,
  seconds = 0,
  spans = Infinity,
  shutdown = true,
  queue = {},
  timeoutMillis = 10_000,
} = JSON.parse(process.argv[2]);

const telemetry = startTelemetry({
  processors: {
    default: {
      exporter: new OtlpSpanExporter({ url, timeoutMillis }),
      durable: isDurable ? { dir, maxBytes: 8 * 1024 ** 3 } : false,
      queue,
    },
  },
  instruments: [],
  autoFlush: "off",
});
const tracer = getTracer();
const content = "A sentence of a model's answer, and another one. ".repeat(Math.ceil(bytes / 48)).slice(0, bytes);

function endOne() {
  const span = tracer.startSpan("work", { attributes: { content } });
  span.end();
  writeSync(1, `${span.spanContext().spanId}\n`);
}

const startedAt = performance.now();
let ended = 0;
const isOver = () => ended >= spans || (seconds > 0 && performance.now() - startedAt >= seconds * 1000);
while (!isOver()) {
  const due = perSecond === 0 ? ended + 20 : ((performance.now() - startedAt) / 1000) * perSecond;
  while (ended < due && !isOver()) {
    endOne();
    ended++;
  }
  await sleep(perSecond === 0 ? 0 : 10);
}
const closingAt = performance.now();
if (shutdown) await telemetry.shutdown();
const [ledger] = telemetry.status().processors;
process.stderr.write(`LEDGER ${JSON.stringify({ ledger, closingMillis: performance.now() - closingAt })}\n`);
process.exit(0);
