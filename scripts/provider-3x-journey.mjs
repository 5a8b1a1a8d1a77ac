// A user of OpenTelemetry's SDK 3.x brings their own provider: the packed tarball beside @opentelemetry/sdk-trace 3 and
// api 1.10 in an empty folder. Needs dist (npm run build). Prints one line a check and `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Checklist, expectText } from "./support/checklist.mjs";
import { makeWorkFolder, packPackage } from "./support/packed-package.mjs";
import { run } from "./support/run.mjs";

const API = "1.10.0";
const SDK = "3.1.1";

/** What every program has: a provider of 3.x with a processor that writes down what it sees. */
const PRELUDE = `
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { propagateAttributes, startTelemetry, traced } from "spandrel";
import { InMemorySpanExporter } from "spandrel/exporters";
const seen = [];
const own = {
  onStart() {},
  onEnd(span) { seen.push(span); },
  async forceFlush() {},
  async shutdown() { console.log("theirs shut down"); },
};
const provide = (...spanProcessors) => new TracerProvider({ spanProcessors });
const useContext = () => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const inner = traced({ name: "inner", processors: "debug" }, (text) => {
  trace.getTracer("instrumentation").startSpan("foreign").end();
  return text.toUpperCase();
});
const outer = traced({ name: "outer", kind: "workflow" }, async (text) => { await null; return inner(text); });
const draw = (spans) => spans.map((span) => {
  const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  return (parent === undefined ? "" : parent.name + " > ") + span.name;
}).join(", ");
`;

const JOURNEYS = [
  {
    name: "a ready-made provider makes the spans of decorated calls, nested, and is left running",
    source: `
useContext();
const provider = provide(own);
const telemetry = startTelemetry({ tracerProvider: provider });
console.log(await propagateAttributes({ customerIdentifier: "c-1" }, () => outer("a")), draw(seen));
const { attributes, instrumentationScope } = seen[0];
console.log(instrumentationScope.name, attributes["traceloop.entity.input"], attributes["user.id"]);
console.log("global:", trace.getTracer("probe").startSpan("probe").isRecording());
await telemetry.shutdown();
provider.getTracer("app").startSpan("still").end();
await outer("b");
console.log(seen.length, JSON.stringify(telemetry.status().processors));
`,
    prints: `A outer > inner, outer
spandrel {"text":"a"} c-1
global: false
3 []
`,
  },
  {
    name: "a function puts our processor among theirs: routing, ledger, postprocessing and other tracers work",
    source: `
useContext();
const [usual, debug] = [new InMemorySpanExporter(), new InMemorySpanExporter()];
let provider;
const telemetry = startTelemetry({
  tracerProvider: (spandrel) => (provider = provide(spandrel, own)),
  processors: { default: { exporter: usual }, debug: { exporter: debug } },
  customerIdentifier: "c-1",
  spanPostprocessCallback: (span) => { span.attributes.seen = true; },
});
provider.getTracer("app").startActiveSpan("request", (span) => { void outer("a"); span.end(); });
await new Promise((resolve) => setTimeout(resolve, 10));
provider.getTracer("app").startSpan("rich", { attributes: { nested: { a: [1, null] }, bytes: new Uint8Array(2) } }).end();
await telemetry.flush();
console.log(draw(seen));
console.log("default:", draw(usual.getFinishedSpans()), "debug:", draw(debug.getFinishedSpans()));
const all = [...usual.getFinishedSpans(), ...debug.getFinishedSpans()];
console.log(all.every(({ attributes }) => attributes["user.id"] === "c-1" && attributes.seen), seen.some(({ attributes }) => attributes.seen));
await telemetry.shutdown();
provider.getTracer("app").startSpan("late").end();
for (const { name, ended, filtered, exported, dropped } of telemetry.status().processors)
  console.log(name, ended, filtered, exported, JSON.stringify(dropped));
`,
    prints: `request, outer > inner, request > outer, rich
default: request, request > outer, rich debug: inner
true false
default 5 1 3 {"shutdown":1}
debug 5 4 1 {}
`,
  },
  {
    name: "spans of 3.x are written to a trace file",
    source: `
import { readFileSync } from "node:fs";
import { FileSpanExporter } from "spandrel/exporters";
useContext();
let provider;
const telemetry = startTelemetry({
  tracerProvider: (spandrel) => (provider = provide(spandrel)),
  customExporter: new FileSpanExporter({ path: "traces.jsonl" }),
});
provider.getTracer("app").startSpan("rich", { attributes: { nested: { a: 1 }, list: ["x"], whole: 3 } }).end();
await telemetry.shutdown();
const [line] = readFileSync("traces.jsonl", "utf8").split("\\n");
const [span] = JSON.parse(line).resourceSpans[0].scopeSpans[0].spans;
console.log(span.name, span.attributes.map(({ key, value }) => key + "=" + Object.keys(value)[0]).sort().join(" "));
`,
    prints: `rich list=arrayValue nested=kvlistValue whole=intValue
`,
  },
  {
    name: "the facade alone traces through a 3.x provider that the application registers",
    source: `
useContext();
trace.setGlobalTracerProvider(provide(own));
console.log(await outer("a"), draw(seen));
`,
    prints: `A inner > foreign, outer > inner, outer
`,
  },
  {
    name: "without a context manager there is a warning with the mend, and calls still work",
    source: `
process.stderr.write = (line) => console.log(line.split(":")[1].trim());
startTelemetry({ tracerProvider: provide(own) });
console.log(await outer("a"), draw(seen));
`,
    prints: `SPANDREL_NO_CONTEXT_MANAGER
A inner, outer
`,
  },
  {
    name: "a 3.x SDK that was registered first keeps its spans, and shares its traces with ours",
    source: `
useContext();
trace.setGlobalTracerProvider(provide(own));
process.stderr.write = (line) => console.log(line.split(":")[1].trim());
const exporter = new InMemorySpanExporter();
const telemetry = startTelemetry({ customExporter: exporter, processors: { debug: { exporter } } });
await outer("a");
await telemetry.flush();
console.log(draw([...exporter.getFinishedSpans(), ...seen]));
await telemetry.shutdown();
`,
    prints: `SPANDREL_OTHER_PROVIDER
outer > inner, outer, inner > foreign
`,
  },
];

const checklist = new Checklist();
const folder = makeWorkFolder();
const { tarball } = packPackage(folder);
const isInstalled = await checklist.check(`npm install beside api ${API} and sdk-trace ${SDK}`, () => {
  // Our own SDK 2.x allows api below 1.10, so npm has to be told.
  const manifest = {
    name: "journey",
    private: true,
    type: "module",
    overrides: { "@opentelemetry/api": `$@opentelemetry/api` },
  };
  manifest.dependencies = {
    spandrel: `file:${tarball}`,
    "@opentelemetry/api": API,
    "@opentelemetry/sdk-trace": SDK,
    "@opentelemetry/context-async-hooks": SDK,
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: folder });
  const versionOf = (name) =>
    JSON.parse(readFileSync(join(folder, "node_modules", name, "package.json"), "utf8")).version;
  expectText(
    "versions",
    `${versionOf("@opentelemetry/api")} ${versionOf("@opentelemetry/sdk-trace")}`,
    `${API} ${SDK}`,
  );
  return true;
});
for (const [at, { name, source, prints }] of isInstalled ? JOURNEYS.entries() : []) {
  await checklist.check(name, () => {
    const file = join(folder, `journey-${at}.mjs`);
    writeFileSync(file, PRELUDE + source);
    const { stdout, stderr, status } = spawnSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
    expectText("what the program prints", stdout + (status === 0 ? "" : stderr), prints);
  });
}
checklist.finish();
