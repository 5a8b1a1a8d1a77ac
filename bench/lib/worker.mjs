// One contender in one process. It answers `{ case, verify }` and `{ case, millis, warmupMillis }` from run.mjs.
import { setImmediate as nextTurn } from "node:timers/promises";
import { CASES } from "./cases.mjs";
import { quantile } from "./statistics.mjs";

const { adapter, settings } = JSON.parse(process.argv[2]);
const { create } = await import(`../contenders/${adapter}.mjs`);
const contender = await create(settings);

process.on("message", async (request) => {
  try {
    const answer = await (request.verify ? verify(CASES[request.case]) : measure(CASES[request.case], request));
    process.send({ id: request.id, ...answer });
  } catch (error) {
    process.send({ id: request.id, error: String(error?.stack ?? error) });
  }
});
process.send({ isReady: true, node: process.version });

/** Exports started at the end of a chunk run in the turns after it; a second turn lets them finish. */
async function drain() {
  await nextTurn();
  await nextTurn();
}

async function flush() {
  await drain();
  await contender.flush?.();
}

/** A contender that returns something else, or makes no spans or too many, must not look fast. */
async function verify(benchCase) {
  const before = contender.exporter?.count ?? 0;
  const isRight = await benchCase.check(contender.service);
  await flush();
  const { last } = contender.exporter ?? {};
  return {
    isRight,
    spans: (contender.exporter?.count ?? 0) - before,
    lastSpan: last && { name: last.name, attributes: Object.keys(last.attributes) },
  };
}

async function measure(benchCase, { millis, warmupMillis }) {
  const { service, exporter } = contender;
  const { chunk, run } = benchCase;
  const warmupEnd = performance.now() + warmupMillis;
  do {
    await runChunk(run, service, chunk);
    await drain();
  } while (performance.now() < warmupEnd);
  await flush();
  globalThis.gc?.();

  const exportedBefore = exporter?.count ?? 0;
  const nanosPerCall = [];
  const cpuBefore = process.cpuUsage();
  const end = performance.now() + millis;
  do {
    const startedAt = process.hrtime.bigint();
    const pending = run(service, chunk);
    if (pending instanceof Promise) await pending;
    nanosPerCall.push(Number(process.hrtime.bigint() - startedAt) / chunk);
    await drain();
  } while (performance.now() < end);
  await flush();
  const { user, system } = process.cpuUsage(cpuBefore);

  const operations = nanosPerCall.length * chunk;
  return {
    callNanos: quantile(nanosPerCall, 0.25),
    fastestNanos: Math.min(...nanosPerCall),
    cpuNanos: ((user + system) * 1000) / operations,
    spansPerOperation: ((exporter?.count ?? 0) - exportedBefore) / operations,
  };
}

async function runChunk(run, service, chunk) {
  const pending = run(service, chunk);
  if (pending instanceof Promise) await pending;
}
