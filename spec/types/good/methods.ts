// A decorated method keeps its own type, whatever that is.
import { Agent, PropagateAttributes, Task, Tool, Workflow } from "spandrel";
import { type Equal, holds } from "./equal.js";

interface Message {
  readonly text: string;
}
interface Plan {
  readonly steps: readonly string[];
}

class Service {
  readonly prefix = "p";

  @Task
  bare(a: number): string {
    return String(a);
  }

  @Task()
  empty(a: number, b?: string): Promise<string> {
    return Promise.resolve(`${a}${b ?? ""}`);
  }

  @Task("named")
  named(...rest: number[]): number {
    return rest.length;
  }

  @Workflow({ name: (message: Message) => message.text, version: 2, processors: ["default", "debug"] })
  async plan(message: Message): Promise<Plan> {
    return { steps: [message.text] };
  }

  @Agent({ captureInput: false, captureOutput: false, sampleRate: 0.5, links: [] })
  generic<T extends object, K extends keyof T>(value: T, key: K): T[K] {
    return value[key];
  }

  @Tool()
  narrows(value: unknown): value is string {
    return typeof value === "string";
  }

  @Tool
  asserts(value: unknown): asserts value is string {
    if (typeof value !== "string") throw new TypeError();
  }

  overloaded(value: string): string;
  overloaded(value: number): number;
  @Task()
  overloaded(value: string | number): string | number {
    return value;
  }

  @Task()
  fluent(): this {
    return this;
  }

  @Task()
  withThis(this: Service & { readonly extra: boolean }, n: number): boolean {
    return this.extra && n > 0;
  }

  @Workflow()
  nothing(): void {}

  @Workflow()
  never(): never {
    throw new Error("always");
  }

  @Task()
  ["quoted name"](): 1 {
    return 1;
  }

  @Task()
  [Symbol.toPrimitive](): string {
    return this.prefix;
  }

  @Task()
  static create(prefix: string): Service {
    return new Service();
  }

  @PropagateAttributes((message: Message) => ({ customerIdentifier: message.text }))
  @Task({ exportFilter: { status_code: { operator: "equal", value: "ERROR" } } })
  async stacked(message: Message): Promise<number> {
    return message.text.length;
  }

  @Task()
  protected hidden(): number {
    return 1;
  }

  @Task()
  private secret(): number {
    return this.hidden();
  }

  useSecret(): number {
    return this.secret();
  }
}

const service = new Service();
holds<Equal<Service["bare"], (a: number) => string>>();
holds<Equal<Service["empty"], (a: number, b?: string) => Promise<string>>>();
holds<Equal<Service["named"], (...rest: number[]) => number>>();
holds<Equal<Service["plan"], (message: Message) => Promise<Plan>>>();
holds<Equal<Service["withThis"], (this: Service & { readonly extra: boolean }, n: number) => boolean>>();
holds<Equal<Service["nothing"], () => void>>();
holds<Equal<Service["never"], () => never>>();
holds<Equal<Service["quoted name"], () => 1>>();
holds<Equal<(typeof Service)["create"], (prefix: string) => Service>>();
holds<Equal<Service["stacked"], (message: Message) => Promise<number>>>();

const picked = service.generic({ a: 1, b: "two" }, "b");
holds<Equal<typeof picked, string>>();
const value: unknown = "text";
if (service.narrows(value)) holds<Equal<typeof value, string>>();
const other: unknown = "text";
const asserting: Service = service;
asserting.asserts(other);
holds<Equal<typeof other, string>>();
const overloads = [service.overloaded("a"), service.overloaded(1)] as const;
holds<Equal<typeof overloads, readonly [string, number]>>();
const fluent = service.fluent();
holds<Equal<typeof fluent, Service>>();

abstract class Base {
  abstract run(input: string): Promise<string>;

  @Task()
  async shared(input: string): Promise<string> {
    return this.run(input);
  }
}

class Derived extends Base {
  @Task()
  override async run(input: string): Promise<string> {
    return input;
  }

  @Task()
  override async shared(input: string): Promise<string> {
    return super.shared(input);
  }
}
holds<Equal<Derived["run"], (input: string) => Promise<string>>>();

class Box<T> {
  constructor(readonly content: T) {}

  @Task()
  map<R>(fn: (content: T) => R): Box<R> {
    return new Box(fn(this.content));
  }

  @Task({ captureOutput: (content: unknown) => content })
  open(): T {
    return this.content;
  }
}
const mapped = new Box(1).map((n) => String(n));
holds<Equal<typeof mapped, Box<string>>>();
const opened = mapped.open();
holds<Equal<typeof opened, string>>();
