import { AsyncLocalStorage } from "node:async_hooks";
import type { ExportResult, ReadableSpan, SpanExporter } from "../../lib/exporters/index.js";
import { traced } from "../../lib/index.js";
import { freshTelemetry, start } from "../telemetry/rig.js";

freshTelemetry();

interface Request {
  readonly organisation: string;
}

/** What a service keeps of the request it works on, as it would without any tracing. */
const requests = new AsyncLocalStorage<Request>();

/** An exporter for a backend of one's own, which notes whose spans they are. */
class BackendExporter implements SpanExporter {
  readonly rows: string[] = [];

  export(spans: readonly ReadableSpan[], done: (result: ExportResult) => void): void {
    const { organisation = "nobody" } = requests.getStore() ?? {};
    for (const { name, attributes } of spans) {
      this.rows.push(`${name} ${organisation} ${String(attributes["organisation"])}`);
    }
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}

const step = traced({ name: "step" }, async () => Promise.resolve());
const handle = traced({ kind: "workflow", name: "handle" }, async () => {
  await step();
  await step();
});
/** Three requests at the same time. */
const serve = (): Promise<unknown> =>
  Promise.all(["a", "b", "c"].map((organisation) => requests.run({ organisation }, () => handle())));

describe("an exporter that asks whose request it is", () => {
  it("is called in the request whose span has just ended, where spans are not batched", async () => {
    const exporter = new BackendExporter();
    start({ customExporter: exporter, isBatchingEnabled: false });
    await serve();
    const expected = ["a", "b", "c"].flatMap((id) =>
      ["step", "step", "handle"].map((name) => `${name} ${id} undefined`),
    );
    expect(exporter.rows.toSorted()).toEqual(expected.toSorted());
  });

  it("finds it on the spans, batched or not, where spanPostprocessCallback has put it there", async () => {
    const exporter = new BackendExporter();
    const telemetry = start({
      customExporter: exporter,
      spanPostprocessCallback: (span) => {
        span.attributes["organisation"] = requests.getStore()?.organisation;
      },
    });
    await serve();
    await telemetry.flush();
    const expected = ["a", "b", "c"].flatMap((id) => ["step", "step", "handle"].map((name) => `${name} nobody ${id}`));
    expect(exporter.rows.toSorted()).toEqual(expected.toSorted());
  });
});
