import { trace } from "@opentelemetry/api";
import { PropagateAttributes, Task, Workflow, traced } from "../../lib/index.js";
import { type RecordedCall, recorded, useTestTelemetry } from "../support/test-telemetry.js";

const telemetry = useTestTelemetry();
const CUSTOMER = "respan.customer_params.customer_identifier";
const customer = [CUSTOMER, "respan.metadata.plan"];

interface Message {
  readonly customer: string;
  readonly plan: string;
}
const step = traced("step", () => "done");

describe("@PropagateAttributes", () => {
  it("puts fixed attributes on the call's span and everything in it, and nothing after it", () => {
    class Desk {
      @PropagateAttributes({ customerIdentifier: "c-1", metadata: { plan: "pro" } })
      @Workflow()
      handle(): string {
        return step();
      }
    }
    expect(new Desk().handle()).toBe("done");
    step();
    const attributes = { [CUSTOMER]: "c-1", "respan.metadata.plan": "pro" };
    expect(telemetry).toHaveSpanTree(
      recorded(...customer)([
        {
          name: "Desk.handle",
          kind: "workflow",
          ...attributes,
          children: [{ name: "step", kind: "task", ...attributes }],
        },
        { name: "step", kind: "task" },
      ]),
    );
  });

  it("makes them from the arguments of each call", async () => {
    class Desk {
      @PropagateAttributes((message: Message) => ({
        customerIdentifier: message.customer,
        metadata: { plan: message.plan },
      }))
      @Workflow()
      async handle(_message: Message): Promise<string> {
        await null;
        return step();
      }
    }
    const desk = new Desk();
    await Promise.all([desk.handle({ customer: "a", plan: "pro" }), desk.handle({ customer: "b", plan: "free" })]);
    const tree = (name: string, plan: string): RecordedCall => ({
      name: "Desk.handle",
      kind: "workflow",
      [CUSTOMER]: name,
      "respan.metadata.plan": plan,
      children: [{ name: "step", kind: "task", [CUSTOMER]: name, "respan.metadata.plan": plan }],
    });
    expect(telemetry).toHaveSpanTree(recorded(...customer)([tree("a", "pro"), tree("b", "free")]));
  });

  it("runs the method without them when the function throws", () => {
    class Desk {
      @PropagateAttributes((): never => {
        throw new Error("no attributes");
      })
      @Workflow()
      handle(text: string): string {
        return text;
      }
    }
    expect(new Desk().handle("kept")).toBe("kept");
    expect(telemetry).toHaveSpanTree(recorded(...customer)([{ name: "Desk.handle", kind: "workflow" }]));
    expect(telemetry.telemetry.status().faults).toEqual({ SPANDREL_CALLBACK_FAILED: 1 });
  });

  it("runs the method without them when the function gives none", () => {
    class Desk {
      @PropagateAttributes(() => undefined as unknown as object)
      @Workflow()
      handle(): string {
        return "kept";
      }
    }
    expect(new Desk().handle()).toBe("kept");
    expect(telemetry).toHaveSpanTree(recorded(...customer)([{ name: "Desk.handle", kind: "workflow" }]));
  });

  it("below the span's decorator it covers what the method starts, not the span itself", () => {
    class Desk {
      @Workflow()
      @PropagateAttributes({ customerIdentifier: "c-1" })
      handle(text: string): string {
        return text + step();
      }
    }
    expect(new Desk().handle("x")).toBe("xdone");
    expect(telemetry).toHaveSpanTree(
      recorded(
        "input",
        CUSTOMER,
      )([
        {
          name: "Desk.handle",
          kind: "workflow",
          input: '{"text":"x"}',
          children: [{ name: "step", kind: "task", [CUSTOMER]: "c-1" }],
        },
      ]),
    );
  });

  it("passes this, arguments, results and throws through", async () => {
    const error = { any: "value" };
    class Desk {
      factor = 2;
      @PropagateAttributes({ customerIdentifier: "c" }) scale(n: number): number {
        return this.factor * n;
      }
      @PropagateAttributes({ customerIdentifier: "c" }) fail(): never {
        throw error;
      }
      @PropagateAttributes({ customerIdentifier: "c" }) async later(): Promise<string | undefined> {
        await null;
        step();
        return "later";
      }
    }
    const desk = new Desk();
    expect(desk.scale(4)).toBe(8);
    let thrown: unknown;
    try {
      desk.fail();
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
    await expect(desk.later()).resolves.toBe("later");
    expect(telemetry).toHaveSpanTree(recorded(...customer)([{ name: "step", kind: "task", [CUSTOMER]: "c" }]));
  });
});

describe.each(["sync", "async"] as const)("@PropagateAttributes over %s generators", (sort) => {
  class Desk {
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    @Task()
    *above(_name: string): Generator<string> {
      yield step();
      yield step();
    }
    @Task()
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    *below(_name: string): Generator<string> {
      yield step();
      yield step();
    }
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    *alone(_name: string): Generator<string> {
      yield step();
      yield step();
    }
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    @Task("above")
    async *aboveAsync(_name: string): AsyncGenerator<string> {
      yield step();
      await null;
      yield step();
    }
    @Task("below")
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    async *belowAsync(_name: string): AsyncGenerator<string> {
      yield step();
      await null;
      yield step();
    }
    @PropagateAttributes((name: string) => ({ customerIdentifier: name }))
    async *aloneAsync(_name: string): AsyncGenerator<string> {
      yield step();
      await null;
      yield step();
    }
  }

  async function consume(key: "above" | "below" | "alone"): Promise<void> {
    const chunks = sort === "sync" ? new Desk()[key]("c-1") : new Desk()[`${key}Async`]("c-1");
    const tracer = trace.getTracer("foreign");
    await traced({ kind: "workflow", name: "consumer" }, async () => {
      for await (const _chunk of chunks) tracer.startSpan("between").end();
    })();
  }
  const covered = { name: "step", kind: "task", [CUSTOMER]: "c-1" };
  const between = { name: "between", kind: "span" };

  it("covers the span and its body above the span's decorator, never the consumer", async () => {
    await consume("above");
    expect(telemetry).toHaveSpanTree(
      recorded(...customer)([
        { name: "consumer", kind: "workflow", children: [between, between] },
        { name: expect.stringMatching(/above$/), kind: "task", [CUSTOMER]: "c-1", children: [covered, covered] },
      ]),
    );
  });

  it("covers the body below the span's decorator, whose span stays the body's parent", async () => {
    await consume("below");
    expect(telemetry).toHaveSpanTree(
      recorded(...customer)([
        { name: "consumer", kind: "workflow", children: [between, between] },
        { name: expect.stringMatching(/below$/), kind: "task", children: [covered, covered] },
      ]),
    );
  });

  it("covers the body of a generator that has no span, whose parent stays the consumer's", async () => {
    await consume("alone");
    expect(telemetry).toHaveSpanTree(
      recorded(...customer)([{ name: "consumer", kind: "workflow", children: [covered, between, covered, between] }]),
    );
  });
});
