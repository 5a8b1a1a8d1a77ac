import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { InHouseLine } from "../../samples/bring-your-own-provider/in-house";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, mergeSpans, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const TREE = [
  "undefined POST /tickets",
  "  workflow handle_ticket",
  "    task classify",
  "      llm chat local-rules-1",
  "    tool find_queue",
  "      undefined SELECT queues",
  "    task check_queue",
];
/** With Spandrel shut down, the application's spans alone. */
const TREE_AFTER = ["undefined POST /tickets", "  undefined SELECT queues"];
/** In the order they end. */
const THEIRS = ["SELECT queues", "POST /tickets"];
const CUSTOMER = { "respan.customer_params.customer_identifier": "acme", "user.id": "acme" };

describe("samples/bring-your-own-provider", () => {
  let sample: SampleRun;

  beforeAll(async () => {
    sample = await runSample("bring-your-own-provider");
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const inHouse = (file: string): (FileSpan & { readonly scope: string })[] =>
    readFileSync(join(sample.out, `${file}.jsonl`), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => toFileSpan(JSON.parse(line) as InHouseLine));
  const ours = () =>
    mergeSpans(...["default", "debug"].map((file) => readTraceFile(join(sample.out, `${file}.jsonl`))));
  const traceIdsOf = (spans: readonly FileSpan[]) => new Set(spans.map(({ traceId }) => traceId));

  it("writes the in-house file of either way, two files of Spandrel's in the second, and nothing on stderr", () => {
    expect(readdirSync(sample.out).sort()).toEqual([
      "debug.jsonl",
      "default.jsonl",
      "in-house-a.jsonl",
      "in-house-b.jsonl",
    ]);
    expect(sample.stderr).toBe("");
  });

  it("prints the ledger, that nothing of the application has changed, and that it goes on", () => {
    const inOrderOfEnds =
      "chat local-rules-1, classify, SELECT queues, find_queue, check_queue, handle_ticket, POST /tickets";
    expect(sample.stdout.split("\n")).toEqual([
      "A ready-made provider",
      "  answer     billing-queue",
      "  shut down  what the application registered is as it was",
      "  answer     delivery-queue",
      `  in-house   ${inOrderOfEnds}, SELECT queues, POST /tickets`,
      "A provider with Spandrel's processor among its own",
      "  answer     billing-queue",
      "  default    7 ended, 1 not for it, 6 exported",
      "  debug      7 ended, 6 not for it, 1 exported",
      "  shut down  what the application registered is as it was",
      "  answer     delivery-queue",
      "  default    9 ended, 1 not for it, 6 exported, 2 after the shutdown",
      "  debug      9 ended, 8 not for it, 1 exported",
      `  in-house   ${inOrderOfEnds}, SELECT queues, POST /tickets`,
      "Answered by local-rules-1, offline (rules, not a language model).",
      `The files are in ${sample.out}`,
      "",
    ]);
  });

  it.each(["in-house-a", "in-house-b"])(
    "draws the same two trees in %s: steps between the application's spans, and then its spans alone",
    (file) => {
      const spans = inHouse(file);
      expect(drawTrees(spans)).toEqual([...TREE, ...TREE_AFTER]);
      expect(traceIdsOf(spans).size).toBe(2);
      expect(spans.filter(({ scope }) => scope === "shop").map(({ name }) => name)).toEqual([...THEIRS, ...THEIRS]);
      expect(spans.map(({ attributes }) => attributes["app.release"])).toEqual(spans.map(() => "2026.11"));
    },
  );

  it("sends the debug span to its file, all others to the default one, and none that came after the shutdown", () => {
    const debug = readTraceFile(join(sample.out, "debug.jsonl"));
    expect(debug.map(({ name }) => name)).toEqual(["check_queue"]);
    expect(theSpan(debug, "check_queue").attributes["respan.processors"]).toEqual(["debug"]);
    expect(drawTrees(ours())).toEqual(TREE);
  });

  it("writes the very spans that the application's own processors see", () => {
    const theirs = inHouse("in-house-b").slice(0, TREE.length);
    const byId = new Map(theirs.map((span) => [span.spanId, span]));
    expect(ours()).toHaveLength(TREE.length);
    for (const { spanId, traceId, parentSpanId, name, attributes } of ours()) {
      expect(byId.get(spanId)).toMatchObject({ traceId, parentSpanId, name, attributes });
    }
  });

  it("names the customer on its own spans only, unless its processor stands among theirs", () => {
    const named = (spans: readonly FileSpan[]) =>
      spans
        .filter(({ attributes }) => attributes["user.id"] !== undefined)
        .map(({ name, attributes }) => {
          expect(attributes).toMatchObject(CUSTOMER);
          return name;
        });
    const steps = ["chat local-rules-1", "classify", "find_queue", "check_queue", "handle_ticket"];
    const beforeShutdown = (file: string) => inHouse(file).slice(0, TREE.length);
    expect(named(beforeShutdown("in-house-a"))).toEqual(steps);
    expect(named(beforeShutdown("in-house-b"))).toEqual([
      "chat local-rules-1",
      "classify",
      "SELECT queues",
      "find_queue",
      "check_queue",
      "handle_ticket",
      "POST /tickets",
    ]);
  });

  it("records input and output of the steps in either way", () => {
    const text = "I was charged twice for my last invoice.";
    for (const spans of [inHouse("in-house-a"), ours()]) {
      expect(inputOf(theSpan(spans, "handle_ticket"))).toEqual({ text });
      expect(outputOf(theSpan(spans, "handle_ticket"))).toBe("billing-queue");
      expect(inputOf(theSpan(spans, "check_queue"))).toEqual({ topic: "billing", queue: "billing-queue" });
    }
  });
});

function toFileSpan({ start: [seconds, nanos], parentSpanId, ...line }: InHouseLine) {
  return {
    ...line,
    parentSpanId: parentSpanId ?? undefined,
    kind: 0,
    startNanos: BigInt(seconds) * 1_000_000_000n + BigInt(nanos),
    endNanos: 0n,
    status: { code: 0, message: undefined },
    events: [],
    links: [],
    serviceName: undefined,
  };
}
