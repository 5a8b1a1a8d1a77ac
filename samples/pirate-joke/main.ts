// The tutorial "Building an LLM workflow": node --import tsx samples/pirate-joke/main.ts
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter } from "spandrel/exporters";
import { connectAnthropic, connectOpenAI } from "../local-openai/client.js";
import { JokeWorkshop } from "./joke-workshop.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");

  // Step 1: one call at the start; from here on every client of `openai` and `@anthropic-ai/sdk` is traced, too. With an
  // `apiKey` instead of `processors` the spans go to Respan.
  const telemetry = startTelemetry({
    appName: "pirate-joke",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  telemetry.addProcessor({ exporter: new ConsoleSpanExporter() });

  const { close, ...models } = await connectOpenAI();
  const claude = await connectAnthropic();
  try {
    const { anthropic, chatModel: claudeModel } = claude;
    await new JokeWorkshop({ ...models, anthropic, claudeModel }).jokeAndAudienceReaction();
  } finally {
    await Promise.all([close(), claude.close()]);
    await telemetry.shutdown();
  }
  console.log(`\nTold by ${models.description}, commented by ${claude.chatModel}.\nTrace: ${tracesPath}`);
}

void main();
