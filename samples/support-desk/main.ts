// Answers the mail in messages.txt and shows the trace of each message: npm start
import { join } from "node:path";
import { propagateAttributes, startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { connectOpenAI } from "../local-openai/client.js";
import { readMessages } from "./messages.js";
import { SupportDesk } from "./support-desk.js";

async function main(): Promise<void> {
  const out = process.env["SAMPLE_OUT"] ?? join(__dirname, "out");
  const tracesPath = join(out, "traces.jsonl");
  const debugPath = join(out, "debug.jsonl");

  const telemetry = startTelemetry({
    appName: "support-desk",
    processors: {
      default: { exporter: new FileSpanExporter({ path: tracesPath }) },
      debug: { exporter: new FileSpanExporter({ path: debugPath }) },
    },
  });
  // A filter without a name decides on every span, those tagged "debug" too. With a ConsoleSpanExporter here each tree
  // would be printed as soon as its trace has ended; kept in memory they can wait until the replies are out.
  const memory = new InMemorySpanExporter();
  telemetry.addProcessor({ exporter: memory, filter: () => true });

  const { openai, chatModel, description, close } = await connectOpenAI();
  const desk = new SupportDesk(openai, chatModel);
  try {
    const answers = await Promise.all(
      readMessages(join(__dirname, "messages.txt")).map((message) =>
        propagateAttributes(
          {
            customerIdentifier: message.customer,
            threadIdentifier: message.thread,
            metadata: { message_id: message.id },
          },
          () => desk.handle(message),
        ),
      ),
    );
    for (const { id, urgency, reply, unmentioned } of answers) {
      console.log(`--- ${id} (${urgency})\n${reply}\n`);
      if (unmentioned.length > 0) console.log(`Not mentioned: ${unmentioned.join(", ")}\n`);
    }
    console.log(`Answered by ${description}.\n`);
  } finally {
    await close();
    await telemetry.shutdown();
  }
  new ConsoleSpanExporter().export(memory.getFinishedSpans(), () => {});
  console.log(`\nTraces: ${tracesPath}\nDebug:  ${debugPath}`);
}

void main();
