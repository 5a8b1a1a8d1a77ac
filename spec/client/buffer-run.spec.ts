import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import { getClient, traced } from "../../lib/index.js";
import { macrotask } from "../support/traces.js";
import { held, useBalancedTraces } from "./rig.js";

useBalancedTraces();
const client = getClient();
const step = traced("step", () => undefined);
const run = <R>(fn: () => R): R => client.getSpanBuffer().run(fn);

class Lazy {
  started = 0;
  then(resolve: (value: string) => void): void {
    this.started++;
    resolve("value");
  }
}
class Subclass<T> extends Promise<T> {}

describe("run returns what its function returns", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "text"],
    ["an object", { a: 1 }],
    ["a function", () => 1],
    ["a thenable, which is not started", new Lazy()],
    ["an instance of a subclass of Promise", new Subclass((resolve) => resolve(1))],
    ["a promise that carries something", Object.assign(Promise.resolve(1), { cancel: () => undefined })],
    ["a generator", (function* () {})()],
  ])("the very same: %s", (_, value) => {
    expect(run(() => value)).toBe(value);
    if (value instanceof Lazy) expect(value.started).toBe(0);
  });

  it("at once: sync stays sync", () => {
    let isOver = false;
    run(() => step());
    queueMicrotask(() => (isOver = true));
    run(() => step());
    expect(isOver).toBe(false);
  });

  it("of a promise, one that settles alike", async () => {
    const value = { a: 1 };
    const error = new Error("rejected");
    await expect(run(async () => value)).resolves.toBe(value);
    await expect(
      run(async () => {
        await macrotask();
        throw error;
      }),
    ).rejects.toBe(error);
  });

  it("throws what it throws, and has left the context by then", () => {
    const thrown = { any: "value" };
    let caught: unknown;
    try {
      run(() => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(context.active()).toBe(ROOT_CONTEXT);
  });
});

describe("a buffer whose run has failed", () => {
  it("holds what had ended by then, and is over", async () => {
    const buffer = client.getSpanBuffer();
    const around = (fn: () => unknown): unknown => buffer.run(fn);
    expect(() =>
      around(() => {
        step();
        throw new Error("sync");
      }),
    ).toThrow("sync");
    await expect(
      around(async () => {
        step();
        await macrotask();
        throw new Error("async");
      }),
    ).rejects.toThrow("async");
    expect(held(buffer)).toEqual(["step", "step"]);
    // Were it not over, what ends late would not follow.
    const open = buffer.run(() => client.startSpan("late"));
    await client.processSpans(buffer);
    open.end();
    expect(held(buffer)).toEqual(["step", "step"]);
  });
});
