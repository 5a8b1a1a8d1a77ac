import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import { Task, Workflow, propagateAttributes } from "../../lib/index.js";
import { useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();

describe("work that is independent of the call which starts it", () => {
  class Consumer {
    @Workflow({ name: "batch" })
    async handleBatch(messages: readonly string[]): Promise<void> {
      for (const message of messages) await context.with(ROOT_CONTEXT, () => this.handle(message));
      await this.handle("the batch's own");
    }

    @Task({ name: (message: string) => `handle ${message}` })
    async handle(_message: string): Promise<void> {
      await this.store();
    }

    @Task({ name: "store" })
    async store(): Promise<void> {}
  }

  it("has a trace of its own in the root context, without the attributes of the caller", async () => {
    await propagateAttributes({ customerIdentifier: "c-1" }, () => new Consumer().handleBatch(["a", "b"]));
    const below = (name: string, more: object = {}): object => ({
      name,
      kind: "task",
      ...more,
      children: [{ name: "store", kind: "task", ...more }],
    });
    const own = { "user.id": "c-1", workflow: "batch" };
    expect(traces.current.tree(withAttributes("user.id", "workflow"))).toEqual([
      below("handle a"),
      below("handle b"),
      { name: "batch", kind: "workflow", ...own, children: [below("handle the batch's own", own)] },
    ]);
    expect(new Set(traces.current.spans.map((span) => span.spanContext().traceId)).size).toBe(3);
  });
});
