import fc from "fast-check";
import type { Span } from "@opentelemetry/api";
import { SpanBuffer, getClient } from "../../lib/index.js";
import { expectBalance, namesOf, useBalancedTraces } from "./rig.js";

const traces = useBalancedTraces();
const client = getClient();

/** What may be done with buffers and spans; numbers choose among those there are. */
type Step =
  | {
      readonly do: "create" | "endInside" | "startInside" | "process" | "processList" | "clear" | "copy";
      readonly buffer: number;
    }
  | { readonly do: "nest" | "endOpenInside"; readonly buffer: number; readonly other: number }
  | { readonly do: "startOutside" | "newBuffer" | "endOutside" }
  | { readonly do: "endOpen"; readonly other: number };

const index = fc.nat({ max: 99 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom("create", "endInside", "startInside", "process", "processList", "clear", "copy"),
    buffer: index,
  }),
  fc.record({ do: fc.constantFrom("nest", "endOpenInside"), buffer: index, other: index }),
  fc.record({ do: fc.constantFrom("startOutside", "newBuffer", "endOutside") }),
  fc.record({ do: fc.constant("endOpen" as const), other: index }),
);

/** What a buffer is said to do, in as many words. */
interface Model {
  held: string[];
  /** True from its processing until it is used again. */
  isProcessed: boolean;
}
interface Pair {
  readonly buffer: SpanBuffer;
  readonly model: Model;
}
interface Open {
  readonly name: string;
  readonly span: Span;
  readonly owner: Model | undefined;
}

class World {
  readonly pairs: Pair[] = [];
  readonly open: Open[] = [];
  readonly exported: string[] = [];
  #count = 0;

  constructor() {
    this.add(client.getSpanBuffer(), []);
  }

  async take(step: Step): Promise<void> {
    const name = `span ${String(this.#count++)}`;
    switch (step.do) {
      case "newBuffer":
        return this.add(client.getSpanBuffer(), []);
      case "startOutside":
        this.open.push({ name, span: client.startSpan(name), owner: undefined });
        return;
      case "endOutside":
        client.startSpan(name).end();
        this.exported.push(name);
        return;
      case "endOpen":
        return this.endOpen(step.other, undefined);
      case "endOpenInside":
        return this.endOpen(step.other, this.pair(step.buffer));
      case "create":
        this.pair(step.buffer).buffer.createSpan(name);
        return this.hold(this.pair(step.buffer), name);
      case "endInside":
        this.pair(step.buffer).buffer.run(() => client.startSpan(name).end());
        return this.hold(this.pair(step.buffer), name);
      case "startInside": {
        const { buffer, model } = this.pair(step.buffer);
        this.open.push({ name, span: buffer.run(() => client.startSpan(name)), owner: model });
        model.isProcessed = false;
        return;
      }
      case "nest": {
        const [outer, inner] = [this.pair(step.buffer), this.pair(step.other)];
        outer.model.isProcessed = false;
        outer.buffer.run(() => inner.buffer.run(() => client.startSpan(name).end()));
        return this.hold(inner, name);
      }
      case "process": {
        const { buffer, model } = this.pair(step.buffer);
        model.isProcessed = true;
        return this.process(model.held, () => client.processSpans(buffer));
      }
      case "processList": {
        const some = this.pair(step.buffer)
          .buffer.getAllSpans()
          .filter((_, at) => at % 2 === step.buffer % 2);
        return this.process(
          some.map((span) => span.name),
          () => client.processSpans(some),
        );
      }
      case "clear":
        this.pair(step.buffer).buffer.clearSpans();
        this.pair(step.buffer).model.held = [];
        return;
      case "copy": {
        const { buffer, model } = this.pair(step.buffer);
        return this.add(SpanBuffer.deserialize(buffer.serialize()), model.held);
      }
    }
  }

  pair(at: number): Pair {
    const pair = this.pairs[at % this.pairs.length];
    if (pair === undefined) throw new Error("there is always a buffer");
    return pair;
  }

  hold({ model }: Pair, name: string): void {
    model.isProcessed = false;
    model.held.push(name);
  }

  add(buffer: SpanBuffer, held: readonly string[]): void {
    this.pairs.push({ buffer, model: { held: [...held], isProcessed: false } });
  }

  /** A span goes to the buffer it has started in, otherwise to the one it ends in. */
  endOpen(at: number, inside: Pair | undefined): void {
    const [open] = this.open.splice(at % Math.max(1, this.open.length), 1);
    if (inside !== undefined) {
      inside.buffer.run(() => open?.span.end());
      inside.model.isProcessed = false;
    } else open?.span.end();
    if (open === undefined) return;
    const holder = open.owner ?? inside?.model;
    if (holder === undefined || holder.isProcessed) this.exported.push(open.name);
    else holder.held.push(open.name);
  }

  async process(names: readonly string[], run: () => Promise<boolean>): Promise<void> {
    expect(await run()).toBe(true);
    for (const name of names) if (!this.exported.includes(name)) this.exported.push(name);
  }

  check(): void {
    for (const { buffer, model } of this.pairs) {
      // Copies are in the order of their ends; those of one moment may be in either.
      expect(
        buffer
          .getAllSpans()
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...model.held].sort());
      expect(buffer.getSpanCount()).toBe(model.held.length);
    }
    expect(namesOf(traces.current.spans).sort()).toEqual([...this.exported].sort());
    expectBalance(traces.current.telemetry);
  }
}

describe("whatever is done with buffers", () => {
  it("each span is in one place: held, exported once, or discarded with its buffer", async () => {
    let total = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        traces.current.reset();
        const world = new World();
        for (const one of steps) {
          await world.take(one);
          world.check();
        }
        for (const { span } of world.open) span.end();
        total += traces.current.spans.length;
        const [ledger] = traces.current.telemetry.status().processors;
        expect([ledger?.ended, ledger?.exported, ledger?.queued]).toEqual([total, total, 0]);
      }),
      { numRuns: 150 },
    );
    expect(total).toBeGreaterThan(100);
  });
});
