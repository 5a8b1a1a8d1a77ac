"use strict";
// One process of measure-instrumentations: one instrumentation, one openai, every cell in turn. Talks to its parent, which
// has the server. Started with --expose-gc.
const { setTimeout: sleep } = require("node:timers/promises");
const { context, trace } = require("@opentelemetry/api");
const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
const { NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { CELLS, describeSpan, runCell } = require("../../spec/support/instrumentations/cells.cjs");
const { registerVendor } = require("../../spec/support/instrumentations/vendors.cjs");

const { instrumentation, url, run } = JSON.parse(process.argv[2]);

/** The spans of each cell, whenever they end. */
const recorder = {
  cell: undefined,
  owners: new WeakMap(),
  start() {
    this.cell = { ended: [], open: new Set() };
    return this.cell;
  },
  onStart(span) {
    this.owners.set(span, this.cell);
    this.cell?.open.add(span.spanContext().spanId);
  },
  onEnd(span) {
    const owner = this.owners.get(span);
    owner?.open.delete(span.spanContext().spanId);
    owner?.ended.push(span);
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Sets tracing up and returns how a client is traced. */
function startTracing() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provide = (...more) => {
    const provider = new NodeTracerProvider({ spanProcessors: [recorder, ...more] });
    trace.setGlobalTracerProvider(provider);
    return provider;
  };
  if (instrumentation !== "spandrel") {
    const provider = provide();
    if (instrumentation !== "none") registerVendor(instrumentation, provider);
    return (client) => client;
  }
  const { startTelemetry } = require("../../dist/index.js");
  const { traceOpenAI } = require("../../dist/openai/index.js");
  startTelemetry({
    tracerProvider: provide,
    customExporter: { export: (_spans, done) => done({ code: 0 }), shutdown: () => Promise.resolve() },
    isExitHandled: false,
    instruments: [],
  });
  return traceOpenAI;
}

const asked = new Map();
process.on("message", ({ id, answer }) => asked.get(id)(answer));
function ask(question, model) {
  const id = asked.size;
  return new Promise((resolve) => {
    asked.set(id, resolve);
    process.send({ id, question, model });
  });
}

/** Between two cells: rejections and garbage of the one must not be taken for the other's. */
async function settle() {
  for (let round = 0; round < 12; round++) {
    await sleep(15);
    globalThis.gc();
  }
}

let unhandled = [];
process.on("unhandledRejection", (error) => unhandled.push(String(error?.message ?? error).split("\n")[0]));
process.on("uncaughtException", (error) => unhandled.push(String(error?.message ?? error).split("\n")[0]));

async function measure() {
  const traced = startTracing();
  const { OpenAI } = require("openai");
  const kit = {
    client: traced(new OpenAI({ apiKey: "none", baseURL: url, logLevel: "off" })),
    helpers: require("openai/helpers/zod"),
    arrived: (model) => ask("arrived", model),
    ended: (model) => ask("ended", model),
  };
  const tracer = trace.getTracer("caller");
  const records = new Map();
  for (const [at, cell] of CELLS.entries()) {
    unhandled = [];
    const record = recorder.start();
    const caller = tracer.startSpan("caller");
    const { spanId } = caller.spanContext();
    const { seen } = await context.with(trace.setSpan(context.active(), caller), () =>
      runCell(cell, kit, `${run}-${at}`),
    );
    caller.end();
    await settle();
    records.set(cell.name, { record, spanId, seen: unhandled.length === 0 ? seen : { ...seen, unhandled } });
  }
  // Whatever has not ended by now never will.
  await sleep(3000);
  return Object.fromEntries(
    [...records].map(([name, { record, spanId, seen }]) => {
      const spans = record.ended.filter((span) => span.spanContext().spanId !== spanId);
      const rows = spans.map((span) => describeSpan(span, spanId));
      return [name, { seen, spans: rows, openAfter: record.open.size }];
    }),
  );
}

measure().then(
  (results) => process.send({ results }, () => process.exit(0)),
  (error) => process.send({ failure: String(error?.stack ?? error) }, () => process.exit(1)),
);
