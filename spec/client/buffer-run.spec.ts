import { runInThisContext } from "node:vm";
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
    await macrotask();
  });

  it("a rejection that nobody handles is reported once, and one that somebody handles is not", async () => {
    // Jest gives specs a process of their own, to which nothing is reported.
    const machine = runInThisContext("process") as NodeJS.Process;
    const before = machine.listeners("unhandledRejection");
    const reasons: unknown[] = [];
    machine.removeAllListeners("unhandledRejection");
    machine.on("unhandledRejection", (reason) => void reasons.push(reason));
    try {
      const [lost, handled] = [new Error("lost"), new Error("handled")];
      void run(() => Promise.reject(lost));
      void run(() => Promise.reject(handled)).catch(() => undefined);
      for (let turn = 0; turn < 3; turn++) await macrotask();
      expect(reasons).toEqual([lost]);
    } finally {
      machine.removeAllListeners("unhandledRejection");
      for (const listener of before) machine.on("unhandledRejection", listener);
    }
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
    await macrotask();
    expect(held(buffer)).toEqual(["step", "step"]);
    // Were it not over, what ends late would not follow.
    const open = buffer.run(() => client.startSpan("late"));
    await client.processSpans(buffer);
    open.end();
    expect(held(buffer)).toEqual(["step", "step"]);
  });
});
