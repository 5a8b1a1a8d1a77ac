// One path of bench/delivery.mjs: makes spans, a hundred a turn, waits until all are delivered, and tells what it took.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { trace } from "@opentelemetry/api";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

import { FileSpanExporter, OtlpSpanExporter } from "../../dist/esm/exporters/index.js";
import { startTelemetry, traced } from "../../dist/esm/index.js";
import { CountingExporter } from "./counting-exporter.mjs";

const { path, bytes, url, folder, spans, contenders } = JSON.parse(process.argv[2]);
const PER_TURN = 100;
const WARM_UP = 5000;

const backend = path.startsWith("stock-") ? startStock() : startOwn();
const content = "A sentence of an answer, and another. ".repeat(Math.ceil(bytes / 38)).slice(0, bytes);
// The same span for all: a name, an attribute. What a decorated method costs beyond it is bench/run.mjs.
const tracer = trace.getTracer("bench");
const work = path.startsWith("stock-") ? stockWork : traced({ name: "work", captureInput: false }, () => content);

function stockWork() {
  const span = tracer.startSpan("work");
  span.setAttribute("traceloop.entity.output", content);
  span.end();
  return content;
}

const times = new Float64Array(spans);
await make(WARM_UP, () => {});
await backend.flush();
const before = process.cpuUsage();
await make(spans, (number, millis) => (times[number] = millis));
await backend.flush();
const { user, system } = process.cpuUsage(before);
times.sort();
process.send({
  cpuMicros: (user + system) / spans,
  p50Micros: times[spans >> 1] * 1000,
  p99Micros: times[Math.floor(spans * 0.99)] * 1000,
});
await backend.shutdown();
process.disconnect();

async function make(count, took) {
  for (let number = 0; number < count; number++) {
    const startedAt = performance.now();
    work();
    took(number, performance.now() - startedAt);
    if (number % PER_TURN === PER_TURN - 1) await nextTurn();
  }
}

function startOwn() {
  const nowhere = new CountingExporter();
  const file = () => new FileSpanExporter({ path: join(folder, "traces.jsonl"), maxBytes: 2 ** 40 });
  const durable = { dir: join(folder, "spool") };
  // A queue that takes all: nothing may be dropped where cost is measured.
  const queue = { maxSpans: spans };
  const processors = {
    nowhere: {},
    memory: { default: { exporter: nowhere, queue } },
    file: { default: { exporter: path === "file" ? file() : nowhere, queue } },
    durable: { default: { exporter: nowhere, durable, queue } },
    "otlp-protobuf": { default: { exporter: new OtlpSpanExporter({ url }), queue } },
    "otlp-json": { default: { exporter: new OtlpSpanExporter({ url, protocol: "http/json" }), queue } },
    "durable-otlp-protobuf": { default: { exporter: new OtlpSpanExporter({ url }), durable, queue } },
  }[path];
  // Without a destination: a processor that lets nothing pass.
  const none = { default: { exporter: nowhere, filter: () => false } };
  const telemetry = startTelemetry({ processors: path === "nowhere" ? none : processors, instruments: [] });
  return {
    flush: () => telemetry.flush(),
    shutdown: async () => {
      await telemetry.shutdown();
      const [{ exported, dropped }] = telemetry.status().processors;
      if (path !== "nowhere" && exported !== spans + WARM_UP)
        throw new Error(`only ${exported} spans were delivered: ${JSON.stringify(dropped)}`);
    },
  };
}

function startStock() {
  const exporter = {
    "stock-nowhere": () => undefined,
    "stock-memory": () => new CountingExporter(),
    "stock-otlp-protobuf": () => stockExporter("exporter-trace-otlp-proto"),
    "stock-otlp-json": () => stockExporter("exporter-trace-otlp-http"),
  }[path]();
  const processors = exporter === undefined ? [] : [new BatchSpanProcessor(exporter, { maxQueueSize: 2 * spans })];
  const provider = new NodeTracerProvider({ spanProcessors: processors });
  provider.register();
  return { flush: () => provider.forceFlush(), shutdown: () => provider.shutdown() };
}

function stockExporter(name) {
  const require = createRequire(resolve(contenders, "index.js"));
  const { OTLPTraceExporter } = require(`@opentelemetry/${name}`);
  return new OTLPTraceExporter({ url, concurrencyLimit: 1000 });
}
