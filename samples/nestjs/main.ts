// A help desk over HTTP, asked by two customers: npx tsx --tsconfig samples/nestjs/tsconfig.json samples/nestjs/main.ts
import "reflect-metadata";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { NestFactory } from "@nestjs/core";
import type { ReadableSpan, Telemetry } from "spandrel";
import { ConsoleSpanExporter } from "spandrel/exporters";
import { SPANDREL_TELEMETRY } from "spandrel/nestjs";
import { connectOpenAI } from "../local-openai/client.js";
import { AppModule } from "./app.module.js";
import { Caller } from "./drive.js";

async function main(): Promise<void> {
  const tracesPath = join(process.env["SAMPLE_OUT"] ?? join(__dirname, "out"), "traces.jsonl");
  const model = await connectOpenAI();
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class in name only
  const app = await NestFactory.create(AppModule.with(model, tracesPath), { logger: ["error", "warn"] });
  // Kept for the end; with a ConsoleSpanExporter here each tree would be printed as soon as its trace has ended.
  const spans: ReadableSpan[] = [];
  app.get<Telemetry>(SPANDREL_TELEMETRY).addProcessor({
    exporter: {
      export(ended, done) {
        spans.push(...ended);
        done({ code: 0 });
      },
      shutdown: async () => {},
    },
  });
  await app.listen(0, "127.0.0.1");

  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  await ask(`http://127.0.0.1:${port}`);

  // What is still under way ends while the server is closed; after that the module shuts telemetry down.
  await app.close();
  await model.close();

  console.log(`\nAnswered by ${model.description}. The traces:\n`);
  new ConsoleSpanExporter().export(spans, () => {});
  console.log(`\nfile        ${tracesPath}`);
}

async function ask(base: string): Promise<void> {
  const dana = new Caller(base, { "x-customer": "northwind" });
  const marcus = new Caller(base, { "x-customer": "oduya" });
  const agent = new Caller(base, { "x-customer": "us", "x-role": "agent" });

  // Both at once: what belongs to whom is told by the request that it is done for.
  const [late, charged] = await Promise.all([
    dana.ask("POST", "/tickets", { text: "Order A-1042 has not arrived, and I need it today! Dana Whitfield" }),
    marcus.ask("POST", "/tickets", { text: "Hi team, I was charged twice for order B-2217. Marcus Oduya" }),
  ]);
  await dana.read(`/tickets/${idOf(late)}/reply`);
  await marcus.read(`/tickets/${idOf(charged)}/reply`, 3);
  await marcus.ask("GET", "/tickets/9");
  await marcus.ask("DELETE", `/tickets/${idOf(late)}`);
  await agent.ask("DELETE", `/tickets/${idOf(late)}`);
}

function idOf(answer: string): number {
  return (JSON.parse(answer) as { id: number }).id;
}

void main();
