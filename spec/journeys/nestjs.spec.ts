import { join } from "node:path";
import { type SampleRun, runSample } from "./run-sample";
import { type FileSpan, drawTrees, messagesOf, outputOf, readTraceFile, theSpan } from "./trace-file";

const CUSTOMER = "respan.customer_params.customer_identifier";
const OUTCOME = "spandrel.stream.outcome";

describe("samples/nestjs", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("nestjs", { tsconfig: "samples/nestjs/tsconfig.json" });
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  /** The spans of the one request of this customer with this name. */
  function requestOf(customer: string, name: string): FileSpan[] {
    const root = theSpan(
      spans.filter((span) => span.attributes[CUSTOMER] === customer),
      name,
    );
    return spans.filter(({ traceId }) => traceId === root.traceId);
  }
  const draw = (customer: string, name: string): string[] =>
    drawTrees(requestOf(customer, name)).map((line) => line.replace(/^undefined /, "server "));

  it("prints the answers, whole and as far as they were read, and nothing on stderr", () => {
    const [answers = "", trees = ""] = sample.stdout.split("\n\nAnswered by ");
    const lines = answers.replace(/"id":\d/g, '"id":N').replace(/tickets\/[12]/g, "tickets/N");
    expect(lines.split("\n").slice(0, 2).sort()).toEqual([
      'POST /tickets → 201 {"id":N,"topic":"billing","urgency":"normal"}',
      'POST /tickets → 201 {"id":N,"topic":"delivery","urgency":"high"}',
    ]);
    expect(lines.split("\n").slice(2)).toEqual([
      "GET /tickets/N/reply → 200 text/event-stream",
      "  | Hello Dana,",
      "  | ",
      "  | Thank you for asking about your delivery. Your message is marked as urgent; we will write again today.",
      "  | ",
      "  | Kind regards,",
      "  | The support desk",
      "GET /tickets/N/reply → 200 text/event-stream",
      "  | Hello Marcus, … (left)",
      'GET /tickets/9 → 404 {"message":"There is no ticket 9.","error":"Not Found","statusCode":404}',
      'DELETE /tickets/N → 403 {"message":"Forbidden resource","error":"Forbidden","statusCode":403}',
      "DELETE /tickets/N → 204",
    ]);
    expect(trees.match(/^server /gm)).toHaveLength(7);
    expect(sample.stderr).toBe("");
  });

  it("has a trace for each request, of its own customer", () => {
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(7);
    for (const customer of ["northwind", "oduya"]) {
      expect(draw(customer, "POST /tickets")).toEqual([
        "server POST /tickets",
        "  task check_role",
        "  workflow open_ticket",
        "    task classify",
        "      llm chat local-rules-1",
      ]);
    }
    for (const span of spans) expect(span.attributes[CUSTOMER]).toMatch(/^(northwind|oduya|us)$/);
    for (const traceId of new Set(spans.map((span) => span.traceId))) {
      const customers = spans.filter((span) => span.traceId === traceId).map(({ attributes }) => attributes[CUSTOMER]);
      expect(new Set(customers).size).toBe(1);
    }
  });

  it("has a streamed answer from the request down to the model", () => {
    const name = "GET /tickets/:id/reply";
    expect(draw("northwind", name)).toEqual([
      `server ${name}`,
      "  task check_role",
      "  workflow answer_ticket",
      "    tool find_ticket",
      "    task draft_reply",
      "      llm chat local-rules-1",
    ]);
    const request = requestOf("northwind", name);
    const draft = theSpan(request, "draft_reply");
    expect(outputOf(draft)).toMatch(/^Hello Dana,\n\nThank you[^]*The support desk$/);
    expect(draft.attributes[OUTCOME]).toBe("completed");
    expect(theSpan(request, "answer_ticket").attributes[OUTCOME]).toBe("completed");
    const { output } = messagesOf(theSpan(request, "chat local-rules-1"));
    expect(JSON.stringify(output)).toContain(JSON.stringify(outputOf(draft)).slice(1, -1));
  });

  it("has all of a stream that was left ended as left, none as failed", () => {
    const request = requestOf("oduya", "GET /tickets/:id/reply");
    expect(draw("oduya", "GET /tickets/:id/reply")).toHaveLength(6);
    expect(request.map(({ status }) => status.code)).toEqual(request.map(() => 0));
    const ends = ["answer_ticket", "draft_reply"].map((name) => theSpan(request, name).attributes[OUTCOME]);
    expect(ends).toEqual(["returned", "returned"]);
    const server = theSpan(request, "GET /tickets/:id/reply");
    expect(server.attributes).toMatchObject({ "http.route": "/tickets/:id/reply", "spandrel.http.outcome": "closed" });
  });

  it("has what was refused and what was not found where it happened", () => {
    expect(draw("oduya", "GET /tickets/:id")).toEqual([
      "server GET /tickets/:id",
      "  task check_role",
      "  workflow show_ticket !",
      "    tool find_ticket !",
    ]);
    expect(draw("oduya", "DELETE /tickets/:id")).toEqual(["server DELETE /tickets/:id", "  task check_role"]);
    expect(draw("us", "DELETE /tickets/:id")).toEqual([
      "server DELETE /tickets/:id",
      "  task check_role",
      "  workflow close_ticket",
      "    tool find_ticket",
    ]);
  });
});
