import { trace } from "@opentelemetry/api";
import { traced } from "../../lib/index.js";
import { recorded, useTestTelemetry } from "../support/test-telemetry.js";

const telemetry = useTestTelemetry();

describe("traced", () => {
  it("traces functions of every sort, named by themselves or by the option", async () => {
    const plain = traced({}, function add(a: number, b: number) {
      return a + b;
    });
    const arrow = traced("arrow", (text: string) => text.length);
    const later = traced({ kind: "tool" }, async function fetchIt(id: string) {
      return id.toUpperCase();
    });
    const anonymous = traced(
      { kind: "agent" },
      (
        () => () =>
          1
      )(),
    );
    const main = traced({ kind: "workflow", name: "main" }, async () => [
      plain(1, 2),
      arrow("four"),
      await later("x"),
      anonymous(),
    ]);
    await expect(main()).resolves.toEqual([3, 4, "X", 1]);
    expect(telemetry).toHaveSpanTree(
      recorded(
        "input",
        "output",
      )([
        {
          name: "main",
          kind: "workflow",
          output: '[3,4,"X",1]',
          children: [
            { name: "add", kind: "task", input: '{"a":1,"b":2}', output: "3" },
            { name: "arrow", kind: "task", input: '{"text":"four"}', output: "4" },
            { name: "fetchIt", kind: "tool", input: '{"id":"x"}', output: '"X"' },
            { name: "anonymous", kind: "agent", output: "1" },
          ],
        },
      ]),
    );
  });

  it("traces generators, with the options of streams", async () => {
    const steps = traced(
      { name: "steps", reduce: (chunks: readonly number[]) => chunks.length },
      function* (n: number) {
        for (let i = 0; i < n; i++) yield i;
        return "end";
      },
    );
    const chunks = traced({ name: "chunks", maxChunks: 2 }, async function* () {
      yield "a";
      yield "b";
      yield "c";
    });
    expect([...steps(3)]).toEqual([0, 1, 2]);
    const read: string[] = [];
    for await (const chunk of chunks()) read.push(chunk);
    expect(read).toEqual(["a", "b", "c"]);
    expect(telemetry).toHaveSpanTree(
      recorded(
        "output",
        "chunks",
        "outcome",
        "returned",
        "error",
      )([
        { name: "steps", kind: "task", output: "3", chunks: 3, outcome: "completed", returned: '"end"' },
        { name: "chunks", kind: "task", output: '"ab…[cut: 3 chars]"', chunks: 3, outcome: "completed" },
      ]),
    );
  });

  it("keeps this, name, length and own properties", () => {
    const original = Object.assign(
      function scale(this: { by: number }, n: number, _unused: string) {
        return this.by * n;
      },
      { version: 3 },
    );
    const scale = traced("scale", original);
    expect([scale.name, scale.length, scale.version]).toEqual(["scale", 2, 3]);
    expect(Object.getPrototypeOf(scale)).toBe(Function.prototype);
    expect(scale.call({ by: 3 }, 4, "")).toBe(12);
    expect(original.call({ by: 3 }, 4, "")).toBe(12);
    expect(telemetry).toHaveSpanTree(recorded("output")([{ name: "scale", kind: "task", output: "12" }]));
  });

  it("leaves construction alone: new makes an object and no span", () => {
    const Point = traced("Point", function Point(this: { x: number }, x: number) {
      this.x = x;
    });
    const Made = Point as unknown as new (x: number) => { x: number };
    class Deep extends Made {}
    const point = new Made(4);
    expect(point.x).toBe(4);
    expect(point).toBeInstanceOf(Point);
    expect(new Deep(5).x).toBe(5);
    expect(new Deep(5)).toBeInstanceOf(Deep);
    expect(telemetry).toHaveSpanTree([]);
    Point.call({ x: 0 }, 1);
    expect(telemetry).toHaveSpanTree([{ name: "Point", kind: "task" }]);
  });

  it("cannot construct what could not be constructed", () => {
    const arrow = traced("arrow", () => 1);
    expect(() => Reflect.construct(arrow as unknown as new () => object, [])).toThrow(TypeError);
    expect("prototype" in arrow).toBe(false);
    expect(arrow()).toBe(1);
    expect(telemetry).toHaveSpanTree([{ name: "arrow", kind: "task" }]);
  });

  it("makes spans that are active in the body and gone after it", async () => {
    const ids: (string | undefined)[] = [];
    const body = traced("body", async () => {
      ids.push(trace.getActiveSpan()?.spanContext().spanId);
      await null;
      ids.push(trace.getActiveSpan()?.spanContext().spanId);
    });
    await body();
    const { spanId } = telemetry.find("body").spanContext();
    expect(ids).toEqual([spanId, spanId]);
    expect(trace.getActiveSpan()).toBe(undefined);
  });
});
