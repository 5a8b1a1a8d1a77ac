import {
  DEFAULT_CAPTURE_LIMITS,
  readParameterNames,
  serializeArguments,
  type CaptureLimits,
} from "../../lib/capture/index.js";

const write = (fn: Function, args: readonly unknown[], limits: Partial<CaptureLimits> = {}): unknown =>
  JSON.parse(serializeArguments(args, readParameterNames(fn), { ...DEFAULT_CAPTURE_LIMITS, ...limits }));

describe("the arguments of a call", () => {
  it("are an object by parameter name, in order", () => {
    const text = serializeArguments(
      ["hi", { k: [1] }, null],
      readParameterNames((text: string, options: object, last: null) => [text, options, last]),
      DEFAULT_CAPTURE_LIMITS,
    );
    expect(text).toBe('{"text":"hi","options":{"k":[1]},"last":null}');
  });

  it("are an empty object where nothing is passed", () => {
    expect(write((a: number) => a, [])).toStrictEqual({});
    expect(write(() => 1, [])).toStrictEqual({});
  });

  it("have the rest parameter as an array, left out when nothing is passed for it", () => {
    const fn = (first: number, ...rest: number[]): unknown => [first, rest];
    expect(write(fn, [1, 2, 3])).toStrictEqual({ first: 1, rest: [2, 3] });
    expect(write(fn, [1, undefined])).toStrictEqual({ first: 1, rest: [null] });
    expect(write(fn, [1])).toStrictEqual({ first: 1 });
  });

  it("leave out what is missing or undefined", () => {
    expect(write((a: number, b: number, c: number) => [a, b, c], [undefined, 2])).toStrictEqual({ b: 2 });
  });

  it("are named argN where destructured, beyond the list, or of a native function", () => {
    expect(write(({ id }: { id: number }, n: number) => [id, n], [{ id: 1, more: 2 }, 3, 4])).toStrictEqual({
      arg0: { id: 1, more: 2 },
      n: 3,
      arg2: 4,
    });
    expect(write((...[a, b]: number[]) => [a, b], [1, 2])).toStrictEqual({ arg0: [1, 2] });
    expect(write(Math.max, [1, 2])).toStrictEqual({ arg0: 1, arg1: 2 });
  });

  it("keep both where a parameter is itself called arg0", () => {
    expect(write(({ id }: { id: number }, arg0: number) => [id, arg0], [{ id: 1 }, 2])).toStrictEqual({
      arg0_: { id: 1 },
      arg0: 2,
    });
  });

  it("share one limit, and are not a level of depth themselves", () => {
    const fn = (a: unknown, b: unknown, c: unknown): unknown => [a, b, c];
    expect(write(fn, [[1], { x: {} }, 3], { maxDepth: 1 })).toStrictEqual({
      a: [1],
      b: { x: "[cut: object, too deep]" },
      c: 3,
    });
    expect(write(fn, ["x".repeat(1000), 1, 2], { maxBytes: 200 })).toStrictEqual({
      a: expect.stringMatching(/^x+…\[cut: 1000 chars\]$/) as unknown,
      b: 1,
      c: 2,
    });
    expect(write(fn, ["x".repeat(40), 1, 2], { maxBytes: 50 })).toStrictEqual({
      a: "x".repeat(40),
      "…": "[cut: 2 more keys]",
    });
    expect(write(fn, [1, 2, 3], { maxItems: 2 })).toStrictEqual({ a: 1, b: 2, "…": "[cut: 1 more key]" });
  });

  it("name the argument in the path of a cycle", () => {
    const loop: Record<string, unknown> = { list: [] };
    loop["list"] = [loop];
    expect(write((request: object) => request, [loop])).toStrictEqual({ request: { list: ["[Circular ~.request]"] } });
  });

  it("are contained one by one", () => {
    const bad = {
      toJSON: (): never => {
        throw new Error("x");
      },
    };
    expect(write((a: unknown, b: unknown, c: unknown) => [a, b, c], [1, bad, 3])).toStrictEqual({
      a: 1,
      b: "[Unreadable: toJSON threw]",
      c: 3,
    });
  });
});
