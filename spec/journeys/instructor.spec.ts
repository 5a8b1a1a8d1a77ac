import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const BRIEF = {
  title: "Harbour tracing launch",
  owner: "Dana Reyes",
  milestones: ["Design review", "Beta", "General availability"],
};
const SARAH = "{ name: 'Sarah Chen', age: 29, occupation: 'data scientist' }";

describe("samples/instructor", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("instructor");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  /** What is printed under one heading. */
  const printed = (heading: string): string => {
    const section = sample.stdout.split("\n--- ").find((text) => text.startsWith(`${heading}\n`));
    if (section === undefined) throw new Error(`There is no section "${heading}".`);
    return section.slice(heading.length + 1).trim();
  };
  const below = (parent: string): FileSpan => {
    const { spanId } = theSpan(spans, parent);
    const [child] = spans.filter(({ parentSpanId }) => parentSpanId === spanId);
    if (child === undefined) throw new Error(`Nothing is below ${parent}.`);
    return child;
  };

  it("says nothing on stderr", () => {
    expect(sample.stderr).toBe("");
  });

  it("prints each value", () => {
    expect(printed("A ticket, for one customer and one thread")).toBe(
      [
        "{",
        "  customer: 'ACME',",
        "  priority: 'high',",
        "  summary: 'ACME cannot log in before a security audit and needs help today.'",
        "}",
      ].join("\n"),
    );
    expect(printed("An invoice, in a workflow of tasks")).toBe("Northwind NW-1042: 2 lines, 298.00 USD");
    expect(printed("A release note, and the completion it came in")).toMatch(
      /^\{\n {2}title: 'Keep the tool schemas in traces',\n {2}category: 'feature',\n {2}bullets: \[.*\]\n\} chatcmpl-local-3$/,
    );
    expect(printed("Action items, one by one").split("\n")).toEqual([
      "{ owner: 'Maya', task: 'Send the launch checklist', status: 'new' }",
      "{ owner: 'Noah', task: 'Legal approval', status: 'blocked' }",
    ]);
    expect(printed("A contact, right at the second attempt").split("\n")).toEqual([
      "Attempt 1: phone must be an international number in E.164 form, such as +41791234567",
      "{ name: 'Lea Brunner', phone: '+41791234567' }",
    ]);
    expect(printed("Three ways to set it up").split("\n").slice(0, 3)).toEqual([
      `a client, and the model of all calls: ${SARAH}`,
      `a client as it is: ${SARAH}`,
      `a client that is traced already: ${SARAH}`,
    ]);
  });

  it("prints the brief as it grows", () => {
    const text = printed("A project brief, whole and as it grows");
    const [whole, first] = text.split(/\n(?=\{)/);
    expect(whole).toContain("milestones: [ 'Design review', 'Beta', 'General availability' ]");
    expect(first).toBe("{}");
    expect(text).toMatch(/\n\d+ snapshots$/);
  });

  it("draws the retry: two attempts below one call, and what was wrong with the first", () => {
    const lines = sample.stdout.split("\n").map((line) => line.replace(/ +[\d.]+ (?:µs|ms|s) +[━╸ ]+/, "  ").trimEnd());
    const at = lines.indexOf("task extract_contact  customer=user_123");
    expect(lines.slice(at, at + 4)).toEqual([
      "task extract_contact  customer=user_123",
      expect.stringMatching(
        /^└─ span instructor\.create {2}2 attempts {2}#1 invalid: phone {2}\d+ in \/ \d+ out tokens$/,
      ),
      expect.stringMatching(/^ {3}├─ llm chat local-rules-1 {2}\d+ in \/ \d+ out tokens$/),
      expect.stringMatching(/^ {3}└─ llm chat local-rules-1 {2}\d+ in \/ \d+ out tokens$/),
    ]);
  });

  it("writes one call, and its attempts, below each decorated method", () => {
    const call = (name: string, attempts = 1): string[] => [
      `  undefined instructor.${name}`,
      ...Array.from({ length: attempts }, () => "    llm chat local-rules-1"),
    ];
    const bare = ["undefined instructor.create", "  llm chat local-rules-1"];
    expect(drawTrees(spans)).toEqual([
      "workflow support_ticket_extraction",
      ...call("create"),
      "workflow invoice_processing",
      "  task extract_invoice",
      ...call("create").map((line) => `  ${line}`),
      "task release_note",
      ...call("create_with_completion"),
      "task action_items",
      ...call("create_iterable"),
      "workflow project_brief",
      ...call("create"),
      "task live_project_brief",
      ...call("create_partial"),
      "task extract_contact",
      ...call("create", 2),
      ...bare,
      ...bare,
      ...bare,
    ]);
  });

  it("records customer, thread and metadata of the scope over the defaults, on the call and on its attempt", () => {
    const ticket = below("support_ticket_extraction");
    const attempt = spans.find(({ parentSpanId }) => parentSpanId === ticket.spanId);
    for (const span of [ticket, attempt]) {
      expect(span?.attributes).toMatchObject({
        "respan.customer_params.customer_identifier": "customer_123",
        "respan.threads.thread_identifier": "ticket_thread_abc",
        "respan.metadata.service": "extraction-api",
        "respan.metadata.version": "1.0.0",
        "respan.metadata.feature": "support-ticket-extraction",
        "traceloop.workflow.name": "support_ticket_extraction",
      });
    }
    expect(below("extract_invoice").attributes).toMatchObject({
      "respan.customer_params.customer_identifier": "user_123",
    });
  });

  it("records the schema, the messages and the value of a call", () => {
    const ticket = below("support_ticket_extraction");
    expect(JSON.parse(String(ticket.attributes["llm.request.functions"]))).toEqual([
      {
        type: "function",
        function: {
          name: "SupportTicket",
          parameters: {
            type: "object",
            title: "SupportTicket",
            properties: {
              customer: { type: "string" },
              priority: { type: "string", enum: ["low", "medium", "high"] },
              summary: { type: "string" },
            },
            required: ["customer", "priority", "summary"],
          },
        },
      },
    ]);
    expect(inputOf(ticket)).toEqual({
      messages: [
        {
          role: "user",
          content:
            "Extract the support ticket from this message: ACME cannot log in before a security audit and needs help today.",
        },
      ],
    });
    expect(outputOf(ticket)).toMatchObject({ customer: "ACME", priority: "high" });
    expect(outputOf(below("action_items"))).toHaveLength(2);
    expect(outputOf(below("live_project_brief"))).toEqual(BRIEF);
  });

  it("records the attempts, what was wrong, and their tokens in all", () => {
    const contact = below("extract_contact");
    expect(contact.attributes).toMatchObject({
      "spandrel.instructor.mode": "tools",
      "spandrel.instructor.attempts": 2,
      "spandrel.instructor.outcome": "valid",
    });
    expect(contact.events).toEqual([
      {
        name: "validation.failed",
        attributes: {
          "spandrel.validation.attempt": 1,
          "spandrel.validation.issue_count": 1,
          "spandrel.validation.paths": ["phone"],
          "spandrel.validation.codes": ["invalid_format"],
          "spandrel.validation.messages": ["must be an international number in E.164 form, such as +41791234567"],
        },
      },
    ]);
    const attempts = spans.filter(({ parentSpanId }) => parentSpanId === contact.spanId);
    const sum = (name: string) => attempts.reduce((total, { attributes }) => total + Number(attributes[name]), 0);
    expect(contact.attributes["spandrel.usage.input_tokens"]).toBe(sum("gen_ai.usage.input_tokens"));
    expect(contact.attributes["spandrel.usage.output_tokens"]).toBe(sum("gen_ai.usage.output_tokens"));
  });
});
