// A class is decorated with the name of the method to trace, and keeps its own type.
import { Agent, StreamingTask, Task, Workflow } from "spandrel";
import { type Equal, holds } from "./equal.js";

@Workflow({ method: "run" })
export class Job {
  constructor(readonly name: string) {}

  run(times: number): string {
    return this.name.repeat(times);
  }
}

@Agent({ method: "decide", name: "decider", captureInput: false })
export abstract class Decider {
  decide(): boolean {
    return this.isSure();
  }
  protected abstract isSure(): boolean;
}

@Task({ method: "run" })
export class Inherited extends Job {}

@StreamingTask({ method: "chunks", chunkEvents: true })
export class Stream {
  async *chunks(): AsyncGenerator<string> {
    yield "a";
  }
}

holds<Equal<Job["run"], (times: number) => string>>();
holds<Equal<ConstructorParameters<typeof Job>, [name: string]>>();
