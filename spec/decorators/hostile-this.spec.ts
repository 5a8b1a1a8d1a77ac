import type { Attributes, Link } from "@opentelemetry/api";
import { Task, traced } from "../../lib/index.js";
import { useTestTelemetry } from "../support/test-telemetry.js";

const telemetry = useTestTelemetry();
const throwing = (): never => {
  throw new Error("hostile");
};

describe("a call whose span is hard to describe is traced all the same", () => {
  class Desk {
    @Task("run") run(): unknown {
      return this === undefined ? "none" : "some";
    }
    @Task() unnamed(): string {
      return "ran";
    }
  }

  it.each<[string, () => unknown]>([
    ["undefined", () => undefined],
    ["null", () => null],
    ["a primitive", () => 5],
    ["an object without a prototype", () => Object.create(null) as object],
    [
      "an object whose constructor is a getter that throws",
      () => Object.defineProperty({}, "constructor", { get: throwing }),
    ],
    ["an object whose constructor is no function", () => ({ constructor: 5 })],
    [
      "a class whose name throws",
      () => ({
        constructor: class {
          static get name(): string {
            return throwing();
          }
        },
      }),
    ],
    [
      "a class whose name is a method",
      () => ({
        constructor: class {
          static name(): string {
            return "";
          }
        },
      }),
    ],
    ["a Proxy whose traps throw", () => new Proxy({}, { get: throwing, getPrototypeOf: throwing, has: throwing })],
  ])("this is %s", (_what, makeThis) => {
    const self = makeThis() as Desk;
    expect(Desk.prototype.run.call(self)).toBe(self === undefined ? "none" : "some");
    expect(Desk.prototype.unnamed.call(self)).toBe("ran");
    expect(telemetry).toHaveSpanTree([
      { name: "run", kind: "task" },
      { name: /unnamed$/, kind: "task" },
    ]);
  });

  it.each<[string, object]>([
    [
      "attributes with a getter that throws",
      { attributes: () => Object.defineProperty({}, "a", { enumerable: true, get: throwing }) as Attributes },
    ],
    ["links that are no list", { links: () => undefined as unknown as Link[] }],
    ["links whose iterator throws", { links: () => ({ [Symbol.iterator]: throwing }) as unknown as Link[] }],
    ["attributes that are none", { attributes: () => null as unknown as Attributes }],
  ])("%s", (_what, options) => {
    expect(traced({ name: "run", ...options }, (a: number) => a)(1)).toBe(1);
    expect(telemetry).toHaveSpanTree([{ name: "run", kind: "task" }]);
  });
});
