import { Agent, StreamingTask, Task, Tool, Workflow } from "../../lib/index.js";
import { recorded, useTestTelemetry } from "../support/test-telemetry.js";

const telemetry = useTestTelemetry();

describe("the forms of a decorator", () => {
  class Desk {
    @Task
    bare(): string {
      return "bare";
    }
    @Task()
    empty(): string {
      return "empty";
    }
    @Task("by-name")
    named(): string {
      return "named";
    }
    @Task({ name: "by-options" })
    optioned(): string {
      return "optioned";
    }
    @Workflow()
    all(): string[] {
      return [this.bare(), this.empty(), this.named(), this.optioned()];
    }
  }

  it("traces bare, empty, with a name and with options alike", () => {
    expect(new Desk().all()).toEqual(["bare", "empty", "named", "optioned"]);
    expect(telemetry).toHaveSpanTree(
      recorded("output")([
        {
          name: "Desk.all",
          kind: "workflow",
          output: '["bare","empty","named","optioned"]',
          children: [
            { name: "Desk.bare", kind: "task", output: '"bare"' },
            { name: "Desk.empty", kind: "task", output: '"empty"' },
            { name: "by-name", kind: "task", output: '"named"' },
            { name: "by-options", kind: "task", output: '"optioned"' },
          ],
        },
      ]),
    );
  });

  it("gives each kind of span its kind", () => {
    class Kinds {
      @Workflow
      workflow(): void {
        this.agent();
      }
      @Agent
      agent(): void {
        this.tool();
        this.task();
      }
      @Tool
      tool(): void {}
      @Task
      task(): void {}
      @StreamingTask
      *stream(): Generator<number> {
        yield 1;
      }
    }
    new Kinds().workflow();
    expect([...new Kinds().stream()]).toEqual([1]);
    expect(telemetry).toHaveSpanTree([
      {
        name: "Kinds.workflow",
        kind: "workflow",
        children: [
          {
            name: "Kinds.agent",
            kind: "agent",
            children: [
              { name: "Kinds.tool", kind: "tool" },
              { name: "Kinds.task", kind: "task" },
            ],
          },
        ],
      },
      { name: "Kinds.stream", kind: "task" },
    ]);
  });

  it("is on the telemetry object too", () => {
    const { telemetry: own } = telemetry;
    class Desk {
      @own.Workflow()
      handle(): void {
        this.plan();
      }
      @own.Task("plan")
      plan(): void {}
    }
    new Desk().handle();
    expect(telemetry).toHaveSpanTree([
      { name: "Desk.handle", kind: "workflow", children: [{ name: "plan", kind: "task" }] },
    ]);
  });
});

describe("where a decorator stands", () => {
  it("traces static, symbol-named and computed methods", () => {
    const key = Symbol("key");
    const computed = "compu" + "ted";
    class Places {
      @Task() static fixed(): string {
        return this.name;
      }
      @Task() [key](): string {
        return "symbol";
      }
      @Task() [computed](): string {
        return "computed";
      }
      @Task() "quoted name"(): string {
        return "quoted";
      }
      @Task() [Symbol.toPrimitive](): string {
        return "primitive";
      }
      @Task() 7(): string {
        return "seven";
      }
    }
    const places = new Places();
    expect([
      Places.fixed(),
      places[key](),
      places["quoted name"](),
      `${places as unknown as string}`,
      places[7](),
    ]).toEqual(["Places", "symbol", "quoted", "primitive", "seven"]);
    expect((places as unknown as Record<string, () => string>)[computed]?.()).toBe("computed");
    expect(telemetry).toHaveSpanTree([
      { name: "Places.fixed", kind: "task" },
      { name: "Places.[key]", kind: "task" },
      { name: "Places.quoted name", kind: "task" },
      { name: "Places.[Symbol.toPrimitive]", kind: "task" },
      { name: "Places.7", kind: "task" },
      { name: "Places.computed", kind: "task" },
    ]);
  });

  it("names an inherited method by the class of this, instance and static", () => {
    class Base {
      @Task() static make(): string {
        return this.name;
      }
      @Task() run(): string {
        return this.constructor.name;
      }
    }
    class Derived extends Base {}
    expect([new Base().run(), new Derived().run(), new Base().run(), Base.make(), Derived.make()]).toEqual([
      "Base",
      "Derived",
      "Base",
      "Base",
      "Derived",
    ]);
    expect(telemetry).toHaveSpanTree(
      recorded("code.function.name")(
        ["Base.run", "Derived.run", "Base.run", "Base.make", "Derived.make"].map((name) => ({
          name,
          kind: "task",
          "code.function.name": name,
        })),
      ),
    );
  });

  it("nests a super call below the overriding method", () => {
    class Base {
      @Task() run(text: string): string {
        return `base ${text}`;
      }
      @Task() static make(): string {
        return "base";
      }
    }
    class Derived extends Base {
      @Task("derived.run") override run(text: string): string {
        return `derived ${super.run(text)}`;
      }
      @Task("derived.make") static override make(): string {
        return `derived ${super.make()}`;
      }
    }
    expect(new Derived().run("a")).toBe("derived base a");
    expect(Derived.make()).toBe("derived base");
    expect(telemetry).toHaveSpanTree([
      { name: "derived.run", kind: "task", children: [{ name: "Derived.run", kind: "task" }] },
      { name: "derived.make", kind: "task", children: [{ name: "Derived.make", kind: "task" }] },
    ]);
  });

  it("does not trace an override that carries no decorator", () => {
    class Base {
      @Task() run(): string {
        return "base";
      }
    }
    class Derived extends Base {
      override run(): string {
        return "derived";
      }
    }
    expect(new Derived().run()).toBe("derived");
    expect(telemetry).toHaveSpanTree([]);
    expect(new Base().run()).toBe("base");
    expect(telemetry).toHaveSpanTree([{ name: "Base.run", kind: "task" }]);
  });

  it("traces the implementation of an abstract method", () => {
    abstract class Step {
      abstract work(n: number): number;
      @Workflow() run(n: number): number {
        return this.work(n) + 1;
      }
    }
    class Double extends Step {
      @Task() work(n: number): number {
        return n * 2;
      }
    }
    expect(new Double().run(4)).toBe(9);
    expect(telemetry).toHaveSpanTree(
      recorded(
        "input",
        "output",
      )([
        {
          name: "Double.run",
          kind: "workflow",
          input: '{"n":4}',
          output: "9",
          children: [{ name: "Double.work", kind: "task", input: '{"n":4}', output: "8" }],
        },
      ]),
    );
  });

  it("makes a span per decorator where a method has two, the upper outside", () => {
    class Desk {
      @Workflow("outer")
      @Task("inner")
      run(text: string, n: number): string {
        return text.repeat(n);
      }
    }
    expect(new Desk().run("a", 2)).toBe("aa");
    expect(telemetry).toHaveSpanTree(
      recorded(
        "input",
        "output",
      )([
        {
          name: "outer",
          kind: "workflow",
          input: '{"text":"a","n":2}',
          output: '"aa"',
          children: [{ name: "inner", kind: "task", input: '{"text":"a","n":2}', output: '"aa"' }],
        },
      ]),
    );
  });

  it("takes this from the call, whatever object that is", () => {
    class Desk {
      label = "own";
      @Task("label") read(): unknown {
        return this?.label;
      }
    }
    const { read } = new Desk();
    expect(read.call({ label: "other" } as Desk)).toBe("other");
    expect(read.call(undefined as unknown as Desk)).toBe(undefined);
    expect(Object.assign(Object.create(null), { read, label: "bare" }).read()).toBe("bare");
    expect(telemetry).toHaveSpanTree(
      recorded("output")([
        { name: "label", kind: "task", output: '"other"' },
        { name: "label", kind: "task" },
        { name: "label", kind: "task", output: '"bare"' },
      ]),
    );
  });

  it("leaves the instance as it is, frozen ones included", () => {
    class Desk {
      @Task() run(): number {
        return 1;
      }
    }
    const desk = Object.freeze(new Desk());
    expect(desk.run()).toBe(1);
    expect(Reflect.ownKeys(desk)).toEqual([]);
    expect(telemetry).toHaveSpanTree([{ name: "Desk.run", kind: "task" }]);
  });
});

describe("the class form", () => {
  it("traces the named method of a class", async () => {
    @Task({ method: "run", name: "job" })
    class Job {
      async run(id: number): Promise<string> {
        return `done ${id}`;
      }
      other(): number {
        return 1;
      }
    }
    const job = new Job();
    await expect(job.run(3)).resolves.toBe("done 3");
    expect(job.other()).toBe(1);
    expect(job).toBeInstanceOf(Job);
    expect(Job.name).toBe("Job");
    expect(telemetry).toHaveSpanTree(
      recorded("input", "output")([{ name: "job", kind: "task", input: '{"id":3}', output: '"done 3"' }]),
    );
  });

  it("traces an inherited method for the decorated class only", () => {
    class Base {
      run(): string {
        return "base";
      }
    }
    @Workflow({ method: "run" })
    class Derived extends Base {}
    new Base().run();
    expect(telemetry).toHaveSpanTree([]);
    expect(new Derived().run()).toBe("base");
    expect(telemetry).toHaveSpanTree([{ name: "Derived.run", kind: "workflow" }]);
  });

  it("stands on an abstract class, and several on one class", () => {
    @Task({ method: "a" })
    @Tool({ method: "b" })
    abstract class Two {
      a(): number {
        return this.b();
      }
      b(): number {
        return 2;
      }
    }
    class Made extends Two {}
    expect(new Made().a()).toBe(2);
    expect(telemetry).toHaveSpanTree([{ name: "Made.a", kind: "task", children: [{ name: "Made.b", kind: "tool" }] }]);
  });

  it("keeps the method out of enumeration, as it was", () => {
    @Task({ method: "run" })
    class Job {
      run(): number {
        return 1;
      }
    }
    expect(Object.keys(Job.prototype)).toEqual([]);
    new Job().run();
    expect(telemetry).toHaveSpanTree([{ name: "Job.run", kind: "task" }]);
  });
});
