import "reflect-metadata";
import { PropagateAttributes, StreamingTask, Task, Workflow } from "../../lib/index.js";
import { useTestTelemetry } from "../support/test-telemetry.js";
import { anywhere } from "../support/traces.js";

const telemetry = useTestTelemetry();

/** What a framework's decorator does: it writes to the function, which it finds in either dialect. */
function annotate(write: (method: object) => void): (...args: unknown[]) => void {
  return anywhere((target: unknown, _key: unknown, descriptor?: PropertyDescriptor): void => {
    write((descriptor === undefined ? target : descriptor.value) as object);
  });
}

const Route = (path: string): ((...args: unknown[]) => void) =>
  annotate((method) => Reflect.defineMetadata("path", path, method));
const Tagged = (tag: string): ((...args: unknown[]) => void) => annotate((method) => Object.assign(method, { tag }));

describe.each([
  ["a sync method", "sync"],
  ["an async method", "later"],
  ["a generator method", "steps"],
  ["an async generator method", "chunks"],
] as const)("%s", (_what, key) => {
  class Plain {
    sync(text: string, _n: number, _last = 1): string {
      return text;
    }
    async later(text: string, _n: number, _last = 1): Promise<string> {
      return text;
    }
    *steps(text: string, _n: number, _last = 1): Generator<string> {
      yield text;
    }
    async *chunks(text: string, _n: number, _last = 1): AsyncGenerator<string> {
      yield text;
    }
  }
  class Traced {
    @Task() sync(text: string, _n: number, _last = 1): string {
      return text;
    }
    @PropagateAttributes({ customerIdentifier: "c" })
    @Task()
    async later(text: string, _n: number, _last = 1): Promise<string> {
      return text;
    }
    @StreamingTask() *steps(text: string, _n: number, _last = 1): Generator<string> {
      yield text;
    }
    @Task()
    @PropagateAttributes({ customerIdentifier: "c" })
    async *chunks(text: string, _n: number, _last = 1): AsyncGenerator<string> {
      yield text;
    }
  }

  it("keeps its descriptor, name, length, prototype and own keys", async () => {
    const plain = Object.getOwnPropertyDescriptor(Plain.prototype, key) as TypedPropertyDescriptor<object>;
    const traced = Object.getOwnPropertyDescriptor(Traced.prototype, key) as TypedPropertyDescriptor<object>;
    expect({ ...traced, value: undefined }).toEqual({ ...plain, value: undefined });
    const [from, to] = [plain.value as object, traced.value as object];
    expect(Object.getPrototypeOf(to)).toBe(Object.getPrototypeOf(from));
    expect(Reflect.ownKeys(to)).toEqual(Reflect.ownKeys(from));
    for (const own of ["name", "length"]) {
      expect(Object.getOwnPropertyDescriptor(to, own)).toEqual(Object.getOwnPropertyDescriptor(from, own));
    }
    expect(Object.prototype.toString.call(to)).toBe(Object.prototype.toString.call(from));
    expect(() => Reflect.construct(to as new () => object, [])).toThrow(TypeError);

    const result: unknown = new Traced()[key]("a", 1);
    if (typeof result === "object" && result !== null && Symbol.iterator in result) [...(result as Iterable<string>)];
    else if (typeof result === "object" && result !== null && Symbol.asyncIterator in result) {
      for await (const _chunk of result as AsyncIterable<string>);
    } else await result;
    expect(telemetry).toHaveSpanTree([{ name: `Traced.${key}`, kind: "task" }]);
  });
});

describe("what frameworks keep on a method", () => {
  class Controller {
    @Route("/above")
    @Tagged("above")
    @Task()
    above(): string {
      return "above";
    }
    @Task()
    @Route("/below")
    @Tagged("below")
    below(): string {
      return "below";
    }
    @PropagateAttributes({ customerIdentifier: "c" })
    @Workflow()
    @Route("/both")
    @Tagged("both")
    @Task()
    async *both(): AsyncGenerator<string> {
      yield "both";
    }
  }
  const read = (method: object): unknown[] => [
    Reflect.getMetadata("path", method),
    Reflect.getOwnMetadataKeys(method),
    (method as { tag?: string }).tag,
  ];

  it("is found whether its decorator stands above or below", () => {
    const { above, below, both } = Controller.prototype;
    expect(read(above)).toEqual(["/above", ["path"], "above"]);
    expect(read(below)).toEqual(["/below", ["path"], "below"]);
    expect(read(both)).toEqual(["/both", ["path"], "both"]);
    expect([above.name, below.name, both.name]).toEqual(["above", "below", "both"]);
    const controller = new Controller();
    controller.above();
    controller.below();
    expect(telemetry).toHaveSpanTree([
      { name: "Controller.above", kind: "task" },
      { name: "Controller.below", kind: "task" },
    ]);
  });

  it("is the metadata of the class's key too, which decoration leaves alone", () => {
    class Keyed {
      @Task() run(): number {
        return 1;
      }
    }
    Reflect.defineMetadata("roles", ["admin"], Keyed.prototype, "run");
    @Task({ method: "run" })
    class Derived extends Keyed {}
    expect(Reflect.getMetadata("roles", Derived.prototype, "run")).toEqual(["admin"]);
    expect(new Derived().run()).toBe(1);
    expect(telemetry).toHaveSpanTree([
      { name: "Derived.run", kind: "task", children: [{ name: "Derived.run", kind: "task" }] },
    ]);
  });
});
