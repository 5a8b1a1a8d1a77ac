import { context } from "@opentelemetry/api";
import { Task, Workflow, getClient } from "../../lib/index.js";
import { freshTelemetry, record, said } from "../telemetry/rig.js";

freshTelemetry();
// As in a process that has just started: the context manager of an earlier telemetry stays.
beforeEach(() => context.disable());

class Desk {
  @Workflow({ name: "handle" })
  async handle(): Promise<void> {
    await this.classify();
    getClient()
      .getTracer()
      .startActiveSpan("by hand", (span) => {
        getClient().updateCurrentSpan({ attributes: { "desk.size": 2 } });
        span.end();
      });
  }

  @Task({ name: "classify" })
  async classify(): Promise<void> {
    getClient().updateCurrentSpan({ params: { customerIdentifier: "c-1" } });
  }
}

describe("instruments", () => {
  it("leave decorators, spans by hand and the client as they are where they are none", async () => {
    const { spans } = record({ instruments: [] });
    await new Desk().handle();
    const [classify, manual, handle] = await spans();
    const parent = handle?.spanContext().spanId;
    expect([classify, manual, handle].map((span) => [span?.name, span?.parentSpanContext?.spanId])).toEqual([
      ["classify", parent],
      ["by hand", parent],
      ["handle", undefined],
    ]);
    expect([classify?.attributes["user.id"], manual?.attributes["desk.size"]]).toEqual(["c-1", 2]);
  });

  it.each(["context", "threading"] as const)(
    "leave every span a root of its own where %s is blocked, and methods as they are",
    async (name) => {
      const { spans } = record({ blockInstruments: [name], instruments: [] });
      await new Desk().handle();
      const roots = await spans();
      expect(roots.map((span) => [span.name, span.parentSpanContext])).toEqual([
        ["classify", undefined],
        ["by hand", undefined],
        ["handle", undefined],
      ]);
      expect(new Set(roots.map((span) => span.spanContext().traceId)).size).toBe(3);
      // The client is told that there is no current span to update.
      expect(said).toEqual([expect.stringContaining("SPANDREL_NO_SPAN: updateCurrentSpan")]);
    },
  );
});
