// An application with an OpenTelemetry provider of its own: node --import tsx samples/bring-your-own-provider/main.ts
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { propagateAttributes, startTelemetry, type Telemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import { connectOpenAI, type OpenAIAccess } from "../local-openai/client.js";
import { Application, registered } from "./application.js";
import type { InHouseLine } from "./in-house.js";
import { TicketDesk } from "./ticket-desk.js";

const out = process.env["SAMPLE_OUT"] ?? join(__dirname, "out");
const pathOf = (file: string) => join(out, `${file}.jsonl`);
const FILES = ["in-house-a", "in-house-b", "default", "debug"];

/** The provider is there already: Spandrel traces through it. What is exported, and where to, is up to its processors. */
async function traceThroughTheirs(model: OpenAIAccess): Promise<void> {
  const application = new Application(pathOf("in-house-a"));
  const telemetry = startTelemetry({ tracerProvider: application.provider });

  await serve(application, model, "I was charged twice for my last invoice.");
  await shutDown(telemetry, application);
  await serve(application, model, "My parcel has not arrived.");

  show("in-house", namesIn("in-house-a"));
  await application.stop();
}

/** The provider is made with Spandrel's processor among its own: routing, exporters and the ledger work, too. */
async function standAmongTheirs(model: OpenAIAccess): Promise<void> {
  let application: Application | undefined;
  const telemetry = startTelemetry({
    tracerProvider: (spandrel) => {
      application = new Application(pathOf("in-house-b"), [spandrel]);
      return application.provider;
    },
    processors: {
      default: { exporter: new FileSpanExporter({ path: pathOf("default") }) },
      debug: { exporter: new FileSpanExporter({ path: pathOf("debug") }) },
    },
  });
  if (application === undefined) throw new Error("startTelemetry did not ask for the provider.");

  await serve(application, model, "I was charged twice for my last invoice.");
  await telemetry.flush();
  showLedger(telemetry);
  await shutDown(telemetry, application);
  await serve(application, model, "My parcel has not arrived.");

  showLedger(telemetry);
  show("in-house", namesIn("in-house-b"));
  await application.stop();
}

async function serve({ tracer }: Application, { openai, chatModel }: OpenAIAccess, text: string): Promise<void> {
  const desk = new TicketDesk(openai, chatModel, tracer);
  show("answer", await propagateAttributes({ customerIdentifier: "acme" }, () => desk.serve(text)));
}

/** Shuts Spandrel down, and says whether the application has noticed. */
async function shutDown(telemetry: Telemetry, application: Application): Promise<void> {
  const during = registered();
  await telemetry.shutdown();
  const after = registered();
  const isAsBefore = application.registered.every((entry, at) => entry === during[at] && entry === after[at]);
  show("shut down", `what the application registered is ${isAsBefore ? "as it was" : "changed"}`);
}

function showLedger(telemetry: Telemetry): void {
  for (const { name, ended, filtered, exported, dropped } of telemetry.status().processors) {
    const lost = Object.entries(dropped).map(([reason, count]) => `, ${count} after the ${reason}`);
    show(name, `${ended} ended, ${filtered} not for it, ${exported} exported${lost.join("")}`);
  }
}

/** The spans of an in-house file, in the order they ended. */
function namesIn(file: string): string {
  const lines = readFileSync(pathOf(file), "utf8").trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as InHouseLine).name).join(", ");
}

function show(what: string, text: string): void {
  console.log(`  ${what.padEnd(9)}  ${text}`);
}

async function main(): Promise<void> {
  // The files are appended to; what is printed shall be this run alone.
  for (const file of FILES) rmSync(pathOf(file), { force: true });
  const model = await connectOpenAI();
  try {
    console.log("A ready-made provider");
    await traceThroughTheirs(model);
    console.log("A provider with Spandrel's processor among its own");
    await standAmongTheirs(model);
    console.log(`Answered by ${model.description}.\nThe files are in ${out}`);
  } finally {
    await model.close();
  }
}

void main();
