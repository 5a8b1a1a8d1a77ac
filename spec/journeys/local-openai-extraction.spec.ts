import OpenAI from "openai";
import { z } from "zod";
import { startLocalOpenAI, type LocalOpenAI } from "../../samples/local-openai/server";

const Ticket = z.object({
  customer: z.string(),
  priority: z.enum(["low", "medium", "high"]),
  summary: z.string(),
});
const Line = z.object({ sku: z.string(), quantity: z.int(), unit_price_usd: z.number() });
const Invoice = z.object({
  vendor: z.string(),
  invoice_id: z.string(),
  line_items: z.array(Line),
  total_usd: z.number(),
});
const ReleaseNote = z.object({
  title: z.string(),
  category: z.enum(["feature", "fix", "docs"]),
  bullets: z.array(z.string()),
});
const ActionItem = z.object({ owner: z.string(), task: z.string(), status: z.enum(["new", "blocked", "done"]) });
const Brief = z.object({ title: z.string(), owner: z.string(), milestones: z.array(z.string()) });
const User = z.object({ name: z.string(), age: z.int() });
const listOf = (schema: z.ZodType) => z.object({ items: z.array(schema) });

describe("what the local OpenAI server extracts", () => {
  let server: LocalOpenAI;
  let openai: OpenAI;

  beforeAll(async () => {
    server = await startLocalOpenAI({ delayMillis: 0, chunkDelayMillis: 0 });
    openai = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  async function extract(schema: z.ZodType, content: string): Promise<unknown> {
    const { choices } = await openai.chat.completions.create({
      model: "local-rules-1",
      messages: [{ role: "user", content }],
      tools: [{ type: "function", function: { name: "answer", parameters: z.toJSONSchema(schema, { io: "input" }) } }],
      tool_choice: { type: "function", function: { name: "answer" } },
    });
    const [call] = choices[0]?.message.tool_calls ?? [];
    const value: unknown = call?.type === "function" && JSON.parse(call.function.arguments);
    // Whatever the text, the answer is of the schema's shape.
    expect(schema.safeParse(value).error).toBeUndefined();
    return value;
  }

  const support = "ACME cannot log in before a security audit and needs help today.";
  const tickets: [string, z.infer<typeof Ticket>][] = [
    [
      `Extract the support ticket from this message: ${support}`,
      { customer: "ACME", priority: "high", summary: support },
    ],
    ["ACME needs urgent login help.", { customer: "ACME", priority: "high", summary: "ACME needs urgent login help." }],
    [
      "Globex asks, whenever convenient, how to change the colour of a chart. Thanks!",
      {
        customer: "Globex",
        priority: "low",
        summary: "Globex asks, whenever convenient, how to change the colour of a chart.",
      },
    ],
    [
      "Marta Kowalska from Fabrikam GmbH reports that the export is slow.",
      {
        customer: "Marta Kowalska",
        priority: "medium",
        summary: "Marta Kowalska from Fabrikam GmbH reports that the export is slow.",
      },
    ],
  ];
  it.each(tickets)("reads a ticket: %s", async (content, expected) => {
    expect(await extract(Ticket, content)).toEqual(expected);
  });

  const invoices: [string, z.infer<typeof Invoice>][] = [
    [
      "Northwind invoice NW-1042 has 2 LOG-001 at 49.50 and 1 SEC-010 at 199.00. Total is 298.00.",
      {
        vendor: "Northwind",
        invoice_id: "NW-1042",
        line_items: [
          { sku: "LOG-001", quantity: 2, unit_price_usd: 49.5 },
          { sku: "SEC-010", quantity: 1, unit_price_usd: 199 },
        ],
        total_usd: 298,
      },
    ],
    [
      "Invoice INV-2024-7 from Fabrikam GmbH: 10 x PEN-100 @ 1.25, 4 PAD-20 for $3 each. The total is 1,024.50.",
      {
        vendor: "Fabrikam GmbH",
        invoice_id: "INV-2024-7",
        line_items: [
          { sku: "PEN-100", quantity: 10, unit_price_usd: 1.25 },
          { sku: "PAD-20", quantity: 4, unit_price_usd: 3 },
        ],
        total_usd: 1024.5,
      },
    ],
    [
      "Northwind invoice NW-1042 totals 298.00 USD.",
      { vendor: "Northwind", invoice_id: "NW-1042", line_items: [], total_usd: 298 },
    ],
  ];
  it.each(invoices)("reads an invoice: %s", async (content, expected) => {
    expect(await extract(Invoice, content)).toEqual(expected);
  });

  const notes: [string, z.infer<typeof ReleaseNote>][] = [
    [
      "Create a release note for preserving Instructor tool schemas in traces.",
      {
        title: "Preserve Instructor tool schemas in traces",
        category: "feature",
        bullets: ["Preserves Instructor tool schemas in traces"],
      },
    ],
    [
      "Create a release note for fixing the crash on login and adding dark mode.",
      { title: "Fix the crash on login", category: "fix", bullets: ["Fixes the crash on login", "Adds dark mode"] },
    ],
    [
      "Write a release note: document the exporter options; correct two typos in the guide",
      {
        title: "Document the exporter options",
        category: "docs",
        bullets: ["Document the exporter options", "Correct two typos in the guide"],
      },
    ],
  ];
  it.each(notes)("writes a release note: %s", async (content, expected) => {
    expect(await extract(ReleaseNote, content)).toEqual(expected);
  });

  const tasks: [string, z.infer<typeof ActionItem>[]][] = [
    [
      "Maya will send the launch checklist. Noah is blocked on legal approval.",
      [
        { owner: "Maya", task: "Send the launch checklist", status: "new" },
        { owner: "Noah", task: "Legal approval", status: "blocked" },
      ],
    ],
    [
      "From the meeting: Lena Ortiz needs to book the room; Sam is stuck on the migration and Ines finished the slides.",
      [
        { owner: "Lena Ortiz", task: "Book the room", status: "new" },
        { owner: "Sam", task: "The migration", status: "blocked" },
        { owner: "Ines", task: "Finish the slides", status: "done" },
      ],
    ],
    [
      "Maya will call Tom. Maya has sent the list.",
      [
        { owner: "Maya", task: "Call Tom", status: "new" },
        { owner: "Maya", task: "Send the list", status: "done" },
      ],
    ],
  ];
  it.each(tasks)("reads who does what: %s", async (content, items) => {
    expect(await extract(listOf(ActionItem), content)).toEqual({ items });
  });

  const briefs: [string, z.infer<typeof Brief>][] = [
    [
      "Build a project brief for the Respan Instructor tracing launch.",
      {
        title: "Respan Instructor tracing launch",
        owner: "unknown",
        milestones: ["Respan Instructor tracing launch"],
      },
    ],
    [
      "Build a project brief for the harbour ferry. The beta starts on 1 March 2027 and the launch follows on 15 April 2027. Lena Ortiz owns it.",
      {
        title: "Harbour ferry",
        owner: "Lena Ortiz",
        milestones: ["Beta starts on 1 March 2027", "Launch follows on 15 April 2027"],
      },
    ],
  ];
  it.each(briefs)("writes a project brief: %s", async (content, expected) => {
    expect(await extract(Brief, content)).toEqual(expected);
  });

  const users: [string, z.infer<typeof User>[]][] = [
    ["Sarah Chen is 29 and works as a data scientist.", [{ name: "Sarah Chen", age: 29 }]],
    ["Extract: `Daniel is a 24 year man living in New York City`", [{ name: "Daniel", age: 24 }]],
    ["Extract: `Sarah is a 20 year old living in Tokyo`", [{ name: "Sarah", age: 20 }]],
    ["Extract: `Jeffrey is 55 and lives down in Leeds`", [{ name: "Jeffrey", age: 55 }]],
    ["Priya Raman, twenty-nine, is a nurse.", [{ name: "Priya Raman", age: 29 }]],
    [
      "Alice and Bob are best friends. They are currently 32 and 43 respectively. ",
      [
        { name: "Alice", age: 32 },
        { name: "Bob", age: 43 },
      ],
    ],
    [
      "Ada is 36, Jürgen Müller (55) runs the shop and Zoë Ng, 31, lives in Leeds.",
      [
        { name: "Ada", age: 36 },
        { name: "Jürgen Müller", age: 55 },
        { name: "Zoë Ng", age: 31 },
      ],
    ],
  ];
  it.each(users)("reads users: %s", async (content, items) => {
    expect(await extract(listOf(User), content)).toEqual({ items });
    expect(await extract(User, content)).toEqual(items[0]);
  });

  it("fills objects in objects, and leaves null what the text does not tell", async () => {
    const Order = z.object({
      customer: z.object({ name: z.string(), email: z.email(), phone: z.string().nullable() }),
      order_id: z.string(),
      item_count: z.int(),
      has_paid: z.boolean(),
      is_gift: z.boolean().nullable(),
      rating: z.number().nullable(),
      due_date: z.string().optional(),
    });
    expect(await extract(Order, "Order A-77 for 3 chairs: Tom Baker (tom@baker.example) has not paid yet.")).toEqual({
      customer: { name: "Tom Baker", email: "tom@baker.example", phone: null },
      order_id: "A-77",
      item_count: 3,
      has_paid: false,
      is_gift: null,
      rating: null,
    });
  });

  it("tells the members of a union apart by what the text has for them", async () => {
    const Entry = z.union([
      z.object({ kind: z.literal("person"), name: z.string(), age: z.int() }),
      z.object({ kind: z.literal("invoice"), vendor: z.string(), total_usd: z.number() }),
    ]);
    const text = "Sarah Chen is 29. Northwind invoice NW-1042 totals 298.00 USD. Tom is 31.";
    expect(await extract(listOf(Entry), text)).toEqual({
      items: [
        { kind: "person", name: "Sarah Chen", age: 29 },
        { kind: "invoice", vendor: "Northwind", total_usd: 298 },
        { kind: "person", name: "Tom", age: 31 },
      ],
    });
    expect(await extract(z.object({ result: Entry }), "Contoso Ltd bill for 12.50 USD")).toEqual({
      result: { kind: "invoice", vendor: "Contoso Ltd", total_usd: 12.5 },
    });
  });

  it("follows references, and ends a list of nodes that have lists of nodes", async () => {
    const Person: z.ZodType = z.object({
      name: z.string(),
      get friends() {
        return z.array(Person);
      },
      get boss() {
        return Person.nullable();
      },
    });
    expect(await extract(Person, "Ada is a nurse.")).toEqual({ name: "Ada", friends: [], boss: null });
    const shared = z.object({ name: z.string() }).meta({ id: "Shared" });
    const Both = z.object({ customer: shared, vendor: shared });
    expect(await extract(Both, "Marta Kowalska has a bill from Fabrikam GmbH.")).toEqual({
      customer: { name: "Marta Kowalska" },
      vendor: { name: "Fabrikam GmbH" },
    });
  });

  it("reads a meeting: title, date, place, people", async () => {
    const Meeting = z.object({
      title: z.string(),
      date: z.string(),
      attendees: z.array(z.string()),
      location: z.string(),
    });
    const text = "Design review on 2026-12-01 in Zurich with Ana Silva, Ben and Chloé Martin.";
    expect(await extract(Meeting, text)).toEqual({
      title: "Design review",
      date: "2026-12-01",
      attendees: ["Ana Silva", "Ben", "Chloé Martin"],
      location: "Zurich",
    });
  });

  it("reads a CV: job, skills, level, years", async () => {
    const Candidate = z.object({
      name: z.string(),
      skills: z.array(z.string()),
      years_of_experience: z.int(),
      seniority: z.enum(["junior", "mid", "senior"]),
      salary_usd: z.number().nullable(),
    });
    const text = "Priya Raman is a senior engineer with 12 years of experience who knows Rust, Go and SQL.";
    expect(await extract(Candidate, text)).toEqual({
      name: "Priya Raman",
      skills: ["Rust", "Go", "SQL"],
      years_of_experience: 12,
      seniority: "senior",
      salary_usd: null,
    });
  });

  it("takes what stands behind a field's own name, also of fields that it knows nothing of", async () => {
    const Form = z.object({
      shelf: z.string(),
      colour: z.enum(["red", "blue"]),
      owner: z.string(),
      room_count: z.int(),
    });
    const text = "Shelf: B12 left\nColour: blue, not red\nOwner: Ada Lovelace\nThe house has 7 rooms. Tom is 3.";
    expect(await extract(Form, text)).toEqual({
      shelf: "B12 left",
      colour: "blue",
      owner: "Ada Lovelace",
      room_count: 7,
    });
  });

  it("answers the same to the same", async () => {
    const [content] = invoices[0]!;
    expect(await extract(Invoice, content)).toEqual(await extract(Invoice, content));
  });
});
