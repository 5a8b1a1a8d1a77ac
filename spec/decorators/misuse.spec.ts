import {
  DecoratorMisuseError,
  InvalidOptionError,
  PropagateAttributes,
  StreamingTask,
  Task,
  traced,
} from "../../lib/index.js";
import { useTestTelemetry } from "../support/test-telemetry.js";
import { anywhere } from "../support/traces.js";

const telemetry = useTestTelemetry();

function thrownBy(define: () => unknown): unknown {
  try {
    define();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe.each([
  ["@Task", (): unknown => Task],
  ["@Task", (): unknown => Task()],
  ["@Task", (): unknown => Task("name")],
  ["@StreamingTask", (): unknown => StreamingTask({ chunkEvents: true })],
  ["@PropagateAttributes", (): unknown => PropagateAttributes({ customerIdentifier: "c" })],
])("%s where no method is", (label, make) => {
  const misplaced = anywhere(make());
  it.each<[string, () => unknown]>([
    [
      "field",
      () => {
        class Bad {
          @misplaced field = 1;
        }
        return Bad;
      },
    ],
    [
      "field",
      () => {
        class Bad {
          @misplaced arrow = (): number => 1;
        }
        return Bad;
      },
    ],
    [
      "field",
      () => {
        class Bad {
          @misplaced static field = 1;
        }
        return Bad;
      },
    ],
    [
      "(getter|accessor)",
      () => {
        class Bad {
          @misplaced get value(): number {
            return 1;
          }
        }
        return Bad;
      },
    ],
    [
      "(setter|accessor)",
      () => {
        class Bad {
          @misplaced set value(_value: number) {}
        }
        return Bad;
      },
    ],
    [
      "accessor",
      () => {
        class Bad {
          @misplaced accessor value = 1;
        }
        return Bad;
      },
    ],
    [
      "class",
      () => {
        @misplaced
        class Bad {}
        return Bad;
      },
    ],
  ])("is a TypeError at the definition of a %s", (place, define) => {
    const error = thrownBy(define) as DecoratorMisuseError;
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toBeInstanceOf(DecoratorMisuseError);
    expect(error.code).toBe("SPANDREL_DECORATOR_MISUSE");
    expect(error.message).toMatch(new RegExp(`^SPANDREL_DECORATOR_MISUSE: ${label} .*${place}`));
  });
});

describe("the class form", () => {
  it("refuses a class without the method", () => {
    const error = thrownBy(() => {
      @anywhere(Task({ method: "go" }))
      class Bad {
        run(): void {}
      }
      return Bad;
    });
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(
      'SPANDREL_DECORATOR_MISUSE: @Task({ method: "go" }): class Bad has no method "go"',
    );
  });

  it("refuses an accessor and a static method of that name", () => {
    expect(() => {
      @anywhere(Task({ method: "value" }))
      class Getter {
        get value(): () => void {
          throw new Error("the getter runs");
        }
      }
      return Getter;
    }).toThrow('class Getter has no method "value"');
    expect(() => {
      @anywhere(Task({ method: "make" }))
      class Static {
        static make(): void {}
      }
      return Static;
    }).toThrow('class Static has no method "make"');
  });

  it("refuses a method", () => {
    expect(() => {
      class Bad {
        @anywhere(Task({ method: "run" }))
        run(): void {}
      }
      return Bad;
    }).toThrow(/SPANDREL_DECORATOR_MISUSE: @Task with { method } decorates a class, not /);
  });
});

describe("@PropagateAttributes without parentheses", () => {
  it("is a TypeError at definition", () => {
    const bare = anywhere(PropagateAttributes);
    const error = thrownBy(() => {
      class Bad {
        @bare run(): number {
          return 1;
        }
      }
      return Bad;
    });
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(/^SPANDREL_DECORATOR_MISUSE: @PropagateAttributes takes the attributes/);
  });
});

describe("options that cannot be used", () => {
  const bad: [string, unknown, string][] = [
    ["name", "", "a non-empty string or a function"],
    ["name", 1, "a non-empty string or a function"],
    ["name", null, "a non-empty string or a function"],
    ["version", 1.5, "an integer"],
    ["version", "1", "an integer"],
    ["version", Number.NaN, "an integer"],
    ["processors", "", "a processor's name or a list of names"],
    ["processors", [], "a processor's name or a list of names"],
    ["processors", ["debug", 1], "a processor's name or a list of names"],
    ["captureInput", "yes", "a boolean or a function"],
    ["captureOutput", 0, "a boolean or a function"],
    ["attributes", "a=b", "an object or a function"],
    ["attributes", null, "an object or a function"],
    ["attributes", ["a"], "an object or a function"],
    ["links", {}, "an array or a function"],
    ["sampleRate", -0.1, "a number from 0 to 1"],
    ["sampleRate", 1.1, "a number from 0 to 1"],
    ["sampleRate", Number.NaN, "a number from 0 to 1"],
    ["sampleRate", "0.5", "a number from 0 to 1"],
    ["sampleRate", null, "a number from 0 to 1"],
    ["exportFilter", "status_code=ERROR", "an object of conditions"],
    ["exportFilter", [], "an object of conditions"],
    ["reduce", true, "a function"],
    ["chunkEvents", 1, "a boolean"],
    ["maxChunks", -1, "an integer from 0"],
    ["maxChunks", 2.5, "an integer from 0"],
    ["maxChunks", Infinity, "an integer from 0"],
    ["nmae", "typo", "one of name, version"],
  ];

  it.each(bad)("decorator %s: %p", (option, value, expected) => {
    const error = thrownBy(() => {
      const decorate = StreamingTask({ [option]: value });
      class Bad {
        @decorate
        *run(): Generator<number> {
          yield 1;
        }
      }
      return Bad;
    }) as InvalidOptionError;
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.option).toBe(`@StreamingTask ${option}`);
    expect(error.message).toContain(`expected @StreamingTask ${option} to be ${expected}`);
  });

  it.each(bad)("traced %s: %p", (option, value, expected) => {
    const error = thrownBy(() => traced({ [option]: value }, () => 1)) as InvalidOptionError;
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.message).toContain(`expected traced ${option} to be ${expected}`);
  });

  it.each([
    [
      "an operator that there is none of",
      { operator: "eqaul", value: 1 },
      "status_code.operator",
      "one of equal, not,",
    ],
    ["a value that its operator cannot use", { operator: "in", value: 1 }, "status_code.value", "an array"],
    ["an expression that is none", { operator: "regex", value: "(" }, "status_code.value", "a regular expression"],
    ["no condition", "ERROR", "status_code", "an object"],
  ])("exportFilter with %s", (_, condition, option, expected) => {
    const error = thrownBy(() => traced({ exportFilter: { status_code: condition as never } }, () => 1));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toContain(`expected traced exportFilter.${option} to be ${expected}`);
  });

  it("a kind, a function and options of the wrong type", () => {
    expect(() => traced({ kind: "step" as "task" }, () => 1)).toThrow(
      'expected traced kind to be workflow, task, agent, tool, got "step" (string)',
    );
    expect(() => traced("name", undefined as unknown as () => void)).toThrow(InvalidOptionError);
    expect(() => traced(null as unknown as string, () => 1)).toThrow(InvalidOptionError);
    expect(() => traced("", () => 1)).toThrow(InvalidOptionError);
    expect(() => anywhere(Task)(5)).toThrow(DecoratorMisuseError);
    expect(() => anywhere(Task)(null)).toThrow(DecoratorMisuseError);
    expect(() => anywhere(Task)({ method: 5 })).toThrow(InvalidOptionError);
    expect(() => anywhere(Task)({ method: "" })).toThrow(InvalidOptionError);
    expect(() => PropagateAttributes(null as unknown as object)).toThrow(DecoratorMisuseError);
    expect(() => PropagateAttributes("c-1" as unknown as object)).toThrow(DecoratorMisuseError);
  });

  it("leaves undefined options as if they were not given", () => {
    class Desk {
      @Task({ name: undefined, version: undefined, sampleRate: undefined, attributes: undefined, links: undefined })
      run(): number {
        return 1;
      }
    }
    new Desk().run();
    expect(telemetry).toHaveSpanTree([{ name: "Desk.run", kind: "task" }]);
  });
});
