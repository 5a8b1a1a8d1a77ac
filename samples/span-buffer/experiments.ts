import { type SpanBuffer, Task, Workflow, getClient } from "spandrel";

interface Config {
  readonly temperature: number;
}

/** An experiment: some runs of the same thing, each with another setting. */
export class Experiment {
  readonly #goal: number;

  constructor(goal: number) {
    this.#goal = goal;
  }

  @Workflow({ name: "experiment" })
  async run(configs: readonly Config[]): Promise<boolean> {
    const scores = await Promise.all(configs.map((config) => this.score(config)));
    return Math.max(...scores) >= this.#goal;
  }

  @Task({ name: "run_once" })
  async score({ temperature }: Config): Promise<number> {
    return 1 - Math.abs(0.3 - temperature);
  }
}

/** Runs it, and exports its trace only if it was a success. */
export async function logIfSuccessful(name: string, goal: number): Promise<SpanBuffer> {
  const buffer = getClient().getSpanBuffer(`experiment-${name}`);
  const isSuccess = await buffer.run(() => new Experiment(goal).run([{ temperature: 0.2 }, { temperature: 0.7 }]));
  console.log(`  ${name}: ${buffer.getSpanCount()} spans, ${isSuccess ? "exported" : "discarded"}`);
  if (isSuccess) await getClient().processSpans(buffer);
  else buffer.clearSpans();
  return buffer;
}
