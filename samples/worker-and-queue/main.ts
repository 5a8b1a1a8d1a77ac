// One trace over HTTP, a queue, a thread and MCP: node --import tsx samples/worker-and-queue/main.ts
import { rmSync } from "node:fs";
import { join } from "node:path";
import { propagateAttributes, startTelemetry } from "spandrel";
import { FileSpanExporter } from "spandrel/exporters";
import { Invoices } from "./invoices.js";
import { Queue, Worker } from "./job-queue.js";
import { startOrdersApi } from "./orders-api.js";
import type { OrderJob } from "./orders.js";
import { Renderer } from "./render.js";
import { Shop } from "./shop.js";
import { openTaxOffice } from "./tax-office.js";
import { drawTable } from "./trace-table.js";

const out = process.env["SAMPLE_OUT"] ?? join(__dirname, "out");
const TRACES = join(out, "traces.jsonl");
const THREAD = join(out, "thread.jsonl");

/** What a stranger sends along: a trace of somebody else's, and a customer that he is not. */
const FORGED = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  baggage: "spandrel.customerIdentifier=somebody-else",
};

async function main(): Promise<void> {
  // The files are appended to; what is printed shall be this run alone.
  for (const path of [TRACES, THREAD]) rmSync(path, { force: true });
  const telemetry = startTelemetry({
    appName: "worker-and-queue",
    processors: { default: { exporter: new FileSpanExporter({ path: TRACES }) } },
  });

  // The worker, which waits for jobs from now on, and what it works with.
  const { office, close } = await openTaxOffice();
  const invoices = new Invoices(office, new Renderer(THREAD));
  const jobs: OrderJob[] = [];
  const pages: string[] = [];
  const queue = new Queue<OrderJob>();
  const worker = new Worker(queue, async ({ data }) => {
    jobs.push(data);
    pages.push(await invoices.process(data));
  });

  // An order, from the front to the page. The customer goes all the way, e-mail and plan stay at the front.
  const own = await startOrdersApi(queue, true);
  const answer = await propagateAttributes(
    { customerIdentifier: "acme", customerEmail: "ana@acme.example", metadata: { plan: "pro" } },
    () => new Shop(own.url).placeOrder({ number: "A-1042", country: "DE", netCents: 4950 }),
  );
  queue.close();
  await worker.done;
  console.log(`${answer}; ${pages.join()}`);
  for (const job of jobs) {
    console.log(`In the queue: ${JSON.stringify(job)}`);
    await invoices.audit(job);
  }

  // The same request of a stranger, at a door that ignores what he says of traces, and at one that notes it.
  const doors = [await startOrdersApi(queue, false), await startOrdersApi(queue, "link")];
  for (const { url } of doors) console.log(await (await fetch(`${url}/orders/A-1042`, { headers: FORGED })).text());

  for (const service of [own, ...doors]) await service.close();
  await close();
  await telemetry.shutdown();
  console.log(drawTable([TRACES, THREAD]));
  console.log(`\nTrace files: ${TRACES}, ${THREAD}`);
}

void main();
