import { StreamingTask, Task, Workflow } from "../../lib/index.js";
import { recorded, useTestTelemetry } from "../support/test-telemetry.js";

const telemetry = useTestTelemetry();

describe("#private methods", () => {
  class Vault {
    #secret = "s";
    @Task() #open(code: number): string {
      return `${this.#secret}${code}`;
    }
    @Task() static #count(): number {
      return 3;
    }
    @StreamingTask() *#letters(): Generator<string, number> {
      yield this.#secret;
      return 1;
    }
    @Workflow() run(): unknown[] {
      return [this.#open(7), Vault.#count(), [...this.#letters()]];
    }
    static has(value: object): boolean {
      return #open in value;
    }
  }

  it("are traced, instance, static and generator", () => {
    expect(new Vault().run()).toEqual(["s7", 3, ["s"]]);
    expect(telemetry).toHaveSpanTree(
      recorded(
        "input",
        "output",
      )([
        {
          name: "Vault.run",
          kind: "workflow",
          output: '["s7",3,["s"]]',
          children: [
            { name: "Vault.#open", kind: "task", input: '{"code":7}', output: '"s7"' },
            { name: "Vault.#count", kind: "task", output: "3" },
            { name: "Vault.#letters", kind: "task", output: '"s"' },
          ],
        },
      ]),
    );
  });

  it("still refuse objects of other classes", () => {
    expect(Vault.has(new Vault())).toBe(true);
    expect(Vault.has({})).toBe(false);
    expect(() => Vault.prototype.run.call({} as Vault)).toThrow(TypeError);
    expect(telemetry.find("Object.run").status.code).toBe(2);
  });
});
