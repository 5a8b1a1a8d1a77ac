import { setTimeout as sleep } from "node:timers/promises";
import { Task, Workflow } from "spandrel";

/** A job whose steps go to different files; the comments say where. */
export class NightlyReport {
  // No tag: the default processor.
  @Workflow({ name: "nightly_report" })
  async run(): Promise<void> {
    const rows = await this.loadRows();
    this.explainPlan();
    this.summarise(rows);
    await this.render(1);
    await this.render(300);
    this.publish("staging");
    this.publish("production");
    ignoreFailure(() => this.checkTotals(rows));
    ignoreFailure(() => this.sendMail());
  }

  // No tag of its own, nor of its parent: default.
  @Task({ name: "load_rows" })
  async loadRows(): Promise<number[]> {
    return [3, 5, 8];
  }

  // debug, and nowhere else: not "staging" either, whose filter would let it pass but whose name is not in the tag ...
  @Task({ name: "explain_plan", processors: "debug", attributes: { env: "staging" } })
  explainPlan(): string {
    return `scan of ${this.readStatistics()} rows`;
  }

  // ... and so is this one when `explainPlan` calls it: a span without a tag has its parent's.
  @Task({ name: "read_statistics" })
  readStatistics(): number {
    return 3;
  }

  // Both.
  @Task({ name: "summarise", processors: ["default", "debug"] })
  summarise(rows: readonly number[]): number {
    return this.add(rows);
  }

  // A tag of its own replaces the parent's: default only.
  @Task({ name: "add", processors: "default" })
  add(rows: readonly number[]): number {
    return rows.reduce((sum, row) => sum + row, 0);
  }

  // The processor "slow" has a filter too: of the two calls only the long one passes.
  @Task({ name: (millis: number) => `render_${millis}`, processors: "slow" })
  async render(millis: number): Promise<void> {
    await sleep(millis);
  }

  // The processor "staging" looks at an attribute.
  @Task({
    name: (env: string) => `publish_${env}`,
    processors: "staging",
    attributes: (env: string) => ({ env }),
  })
  publish(env: string): string {
    return `https://${env}.example.com`;
  }

  // debug; and the processor without a name, whose filter sees every span and takes those that failed.
  @Task({ name: "check_totals", processors: "debug" })
  checkTotals(rows: readonly number[]): void {
    throw new Error(`${rows.length} rows, 4 expected`);
  }

  // default, and the failed ones.
  @Task({ name: "send_mail" })
  sendMail(): void {
    throw new Error("no mail server");
  }
}

function ignoreFailure(step: () => void): void {
  try {
    step();
  } catch {
    // The report goes on; the error is on the span.
  }
}
