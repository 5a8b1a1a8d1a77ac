import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const CUSTOMER = { "respan.customer_params.customer_identifier": "acme", "user.id": "acme" };
const AT_THE_FRONT = { ...CUSTOMER, "respan.customer_params.email": "ana@acme.example", "respan.metadata.plan": "pro" };
const FORGED_TRACE = "0af7651916cd43dd8448eb211c80319c";

describe("samples/worker-and-queue", () => {
  let sample: SampleRun;
  let here: FileSpan[];
  let thread: FileSpan[];
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("worker-and-queue");
    here = readTraceFile(join(sample.out, "traces.jsonl"));
    thread = readTraceFile(join(sample.out, "thread.jsonl"));
    spans = [...here, ...thread];
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const traceOf = (name: string) => {
    const { traceId } = theSpan(spans, name);
    return spans.filter((span) => span.traceId === traceId);
  };
  /** The spans of a request that a stranger has sent, by what its door does with what he says. */
  const strangers = () =>
    here
      .filter(({ name }) => name === "find_order")
      .map(({ traceId }) => spans.filter((span) => span.traceId === traceId));
  const whoseIs = ({ attributes }: FileSpan) =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => /^(respan|user|session)\./.test(key)));

  it("writes a file here and one in the thread, and nothing on stderr", () => {
    expect(readdirSync(sample.out).sort()).toEqual(["thread.jsonl", "traces.jsonl"]);
    expect(sample.stderr).toBe("");
  });

  it("draws one trace over HTTP, the queue, MCP and the thread", () => {
    expect(drawTrees(traceOf("place_order"))).toEqual([
      "workflow place_order",
      "  task send_order",
      "    undefined POST",
      "      task accept_order",
      "        task make_invoice",
      "          tool ask_tax_rate",
      "            tool tax_rate",
      "          task render",
      "            task render_page",
    ]);
  });

  it("has three traces more, each of its own: the audit and two strangers", () => {
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(4);
    expect(drawTrees(traceOf("audit_order"))).toEqual(["workflow audit_order"]);
    expect(strangers().map(drawTrees)).toEqual([
      ["undefined GET", "  task find_order"],
      ["undefined GET", "  task find_order"],
    ]);
  });

  it("has the span of the thread in the thread's file, with the thread's service, and the others here", () => {
    expect(thread.map(({ name, serviceName }) => [name, serviceName])).toEqual([["render_page", "render-thread"]]);
    expect(new Set(here.map(({ serviceName }) => serviceName))).toEqual(new Set(["worker-and-queue"]));
    expect(theSpan(thread, "render_page").parentSpanId).toBe(theSpan(here, "render").spanId);
  });

  it("takes the customer all the way, and leaves e-mail and plan at the front", () => {
    for (const span of traceOf("place_order")) {
      const isAtTheFront = ["place_order", "send_order"].includes(span.name);
      expect({ name: span.name, ...whoseIs(span) }).toEqual({
        name: span.name,
        ...(isAtTheFront ? AT_THE_FRONT : CUSTOMER),
      });
    }
  });

  it("puts into the job its data, the trace and the customer, and not a word more", () => {
    const line = sample.stdout.split("\n").find((text) => text.startsWith("In the queue: ")) ?? "";
    const { traceId, spanId } = theSpan(spans, "accept_order");
    expect(JSON.parse(line.slice("In the queue: ".length))).toEqual({
      order: { number: "A-1042", country: "DE", netCents: 4950 },
      trace: { traceparent: `00-${traceId}-${spanId}-01`, baggage: "spandrel.customerIdentifier=acme" },
    });
  });

  it("links the audit to the span that put the job into the queue, and knows no customer", () => {
    const audit = theSpan(spans, "audit_order");
    const { traceId, spanId } = theSpan(spans, "accept_order");
    expect(audit.links).toEqual([{ traceId, spanId }]);
    expect(whoseIs(audit)).toEqual({});
  });

  it("believes a stranger nothing: it ignores his trace, or links to it, and never takes his customer", () => {
    const [ignored = [], linked = []] = strangers();
    expect(ignored.flatMap(({ links }) => links)).toEqual([]);
    expect(linked.map(({ name, links }) => [name, links])).toEqual([
      ["find_order", []],
      ["GET", [{ traceId: FORGED_TRACE, spanId: "b7ad6b7169203331" }]],
    ]);
    for (const span of [...ignored, ...linked]) {
      expect(whoseIs(span)).toEqual({});
      expect(span.traceId).not.toBe(FORGED_TRACE);
    }
  });

  it("makes server spans of the requests", () => {
    const server = theSpan(spans, "POST");
    expect(server.kind).toBe(2);
    expect(server.attributes).toMatchObject({
      "http.request.method": "POST",
      "url.path": "/orders",
      "http.response.status_code": 200,
    });
  });

  it("records the steps on either side", () => {
    expect(inputOf(theSpan(spans, "tax_rate"))).toEqual({ country: "DE" });
    expect(outputOf(theSpan(spans, "tax_rate"))).toBe(19);
    expect(outputOf(theSpan(spans, "render_page"))).toBe("<p>A-1042: 58.91 with 19 % tax</p>");
    expect(outputOf(theSpan(spans, "make_invoice"))).toBe(outputOf(theSpan(spans, "render_page")));
    expect(outputOf(theSpan(spans, "place_order"))).toBe("A-1042 accepted");
  });

  it("prints each trace with what its spans know of the customer", () => {
    const [first = "", ...blocks] = sample.stdout.split(/\ntrace (?=[0-9a-f]{32}\n)/);
    expect(first.split("\n").filter((line) => !line.startsWith("In the queue: "))).toEqual([
      "A-1042 accepted; <p>A-1042: 58.91 with 19 % tax</p>",
      "A-1042 is on its way",
      "A-1042 is on its way",
      "",
    ]);
    const orderTrace = theSpan(spans, "place_order").traceId;
    const rows = blocks.map((block) =>
      block
        .split("\n")
        .slice(1)
        .filter((line) => line.startsWith("  ")),
    );
    expect(rows).toEqual([
      [
        "  place_order                 acme  ana@acme.example  pro",
        "    send_order                acme  ana@acme.example  pro",
        "      POST                    acme  -                 -",
        "        accept_order          acme  -                 -",
        "          make_invoice        acme  -                 -",
        "            ask_tax_rate      acme  -                 -",
        "              tax_rate        acme  -                 -",
        "            render            acme  -                 -",
        "              render_page     acme  -                 -",
      ],
      [`  audit_order                 -     -                 -  with a link to ${orderTrace}`],
      [
        "  GET                         -     -                 -",
        "    find_order                -     -                 -",
      ],
      [
        `  GET                         -     -                 -  with a link to ${FORGED_TRACE}`,
        "    find_order                -     -                 -",
      ],
    ]);
  });
});
