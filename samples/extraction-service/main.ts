// An HTTP service that extracts users, asked by a client: node --import tsx samples/extraction-service/main.ts
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { startTelemetry } from "spandrel";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "spandrel/exporters";
import { fromOpenAI } from "spandrel/instructor";
import { connectOpenAI } from "../local-openai/client.js";
import { createApp } from "./app.js";
import { UserClient } from "./client.js";
import { UserService } from "./user-service.js";

const FRIENDS = "Alice and Bob are best friends. They are currently 32 and 43 respectively. ";
const FAMILY = ["Carol is 61.", "Dave is 58.", "Erin is 33.", "Frank is 31.", "Grace is 12.", "Heidi is 9."].join(" ");

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");
  rmSync(tracesPath, { force: true });
  const telemetry = startTelemetry({
    appName: "extraction-service",
    processors: { default: { exporter: new FileSpanExporter({ path: tracesPath }) } },
  });
  const memory = new InMemorySpanExporter();
  telemetry.addProcessor({ exporter: memory });

  const { openai, chatModel, description, close } = await connectOpenAI();
  const app = createApp(new UserService(fromOpenAI(openai, { model: chatModel })));
  const server = app.handler.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new UserClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "acme");
  try {
    await ask(client);
  } finally {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
    await app.idle();
    await close();
    await telemetry.shutdown();
  }
  console.log(`\nAnswered by ${description}. The traces:\n`);
  new ConsoleSpanExporter().export(memory.getFinishedSpans(), () => {});
  console.log(`\nTrace file: ${tracesPath}`);
}

async function ask(client: UserClient): Promise<void> {
  heading("POST /user");
  console.log((await client.post("/user", { query: "Daniel is a 24 year man living in New York City" })).text);

  heading("POST /user, and it is no query");
  const refused = await client.post("/user", { question: "Who is Daniel?" });
  console.log(refused.status, refused.text);

  heading("POST /many-users");
  const queries = [
    "Daniel is a 34 year man in New York City",
    "Sarah is a 20 year old living in Tokyo",
    "Jeffrey is 55 and lives down in Leeds",
  ];
  console.log((await client.post("/many-users", { queries })).text);

  heading("POST /extract");
  for await (const user of client.stream("/extract", { query: FRIENDS })) console.log(user);

  heading("POST /extract, and the client leaves");
  for await (const user of client.stream("/extract", { query: FAMILY })) {
    console.log(user);
    break;
  }
}

function heading(text: string): void {
  console.log(`\n--- ${text}`);
}

void main();
