// Typed values out of text, and the trace of each: node --import tsx samples/instructor/main.ts
import { join } from "node:path";
import { propagateAttributes, startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { type InstructorEvents, fromOpenAI } from "spandrel/instructor";
import { z } from "zod";
import { connectOpenAI } from "../local-openai/client.js";
import { Meeting } from "./action-items.js";
import { makeInstructors } from "./clients.js";
import { AddressBook } from "./contacts.js";
import { InvoiceOffice } from "./invoices.js";
import { ProjectOffice } from "./project-brief.js";
import { ReleaseNotes } from "./release-notes.js";
import { TicketDesk } from "./support-ticket.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");
  const memory = new InMemorySpanExporter();
  // What is given here stands on every span, unless a scope says otherwise.
  const telemetry = startTelemetry({
    appName: "structured-output-api",
    customerIdentifier: "user_123",
    metadata: { service: "extraction-api", version: "1.0.0" },
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  telemetry.addProcessor({ exporter: memory, filter: () => true });

  const { openai, chatModel, description, close } = await connectOpenAI();
  const instructor = fromOpenAI(openai, { mode: "tools", model: chatModel });
  try {
    heading("A ticket, for one customer and one thread");
    const desk = new TicketDesk(instructor);
    const ticket = await propagateAttributes(
      {
        customerIdentifier: "customer_123",
        threadIdentifier: "ticket_thread_abc",
        metadata: { feature: "support-ticket-extraction" },
      },
      () => desk.extractTicket("ACME cannot log in before a security audit and needs help today."),
    );
    console.log(ticket);

    heading("An invoice, in a workflow of tasks");
    const text = "Northwind invoice NW-1042 has 2 LOG-001 at 49.50 and 1 SEC-010 at 199.00. Total is 298.00.";
    console.log(await new InvoiceOffice(instructor).process(text));

    heading("A release note, and the completion it came in");
    const { note, completion } = await new ReleaseNotes(instructor).write("keeping the tool schemas in traces");
    console.log(note, completion.id);

    heading("Action items, one by one");
    const minutes = "Maya will send the launch checklist. Noah is blocked on legal approval.";
    for await (const item of new Meeting(instructor).actionItems(minutes)) console.log(item);

    heading("A project brief, whole and as it grows");
    const office = new ProjectOffice(instructor);
    const request =
      "Build a project brief for the Harbour tracing launch. Dana Reyes owns it. Milestones: design review, beta, general availability.";
    console.log(await office.createProjectBrief(request));
    let snapshotCount = 0;
    for await (const brief of office.watchProjectBrief(request)) {
      if (snapshotCount++ % 8 === 0) console.log(brief);
    }
    console.log(`${snapshotCount} snapshots`);

    heading("A contact, right at the second attempt");
    const toldOf = ({ attempt, issues }: InstructorEvents["parse:error"]): void => {
      console.log(
        `Attempt ${attempt}: ${issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ")}`,
      );
    };
    instructor.on("parse:error", toldOf);
    try {
      const book = new AddressBook(instructor);
      console.log(await book.extractContact("Ring Lea Brunner on 079 123 45 67 when you are in Switzerland (+41)."));
    } finally {
      instructor.off("parse:error", toldOf);
    }

    heading("Three ways to set it up");
    const Person = z.object({ name: z.string(), age: z.int(), occupation: z.string() }).meta({ title: "Person" });
    for (const [name, instance] of Object.entries(makeInstructors(openai, chatModel))) {
      const person = await instance.create({
        responseModel: Person,
        model: chatModel,
        messages: [{ role: "user", content: "Sarah Chen is 29 and works as a data scientist." }],
      });
      console.log(`${name}:`, person);
    }
    console.log(`\nAnswered by ${description}. The traces:\n`);
  } finally {
    await close();
    await telemetry.shutdown();
  }
  new ConsoleSpanExporter().export(memory.getFinishedSpans(), () => {});
  console.log(`\nTrace file: ${tracesPath}`);
}

function heading(text: string): void {
  console.log(`\n--- ${text}`);
}

void main();
