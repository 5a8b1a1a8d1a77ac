// The tutorial "Building an LLM workflow": node --import tsx samples/pirate-joke/main.ts
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import { connectOpenAI } from "../local-openai/client.js";
import { JokeWorkshop } from "./joke-workshop.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");

  // Step 1: one call at the start. With an `apiKey` instead of `processors` the spans go to Respan.
  const telemetry = startTelemetry({
    appName: "pirate-joke",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  const { close, ...models } = await connectOpenAI();
  try {
    await new JokeWorkshop(models).jokeAndAudienceReaction();
  } finally {
    await close();
    await telemetry.shutdown();
  }
  console.log(`\nTold by ${models.description}. The trace is in ${tracesPath}`);
}

void main();
