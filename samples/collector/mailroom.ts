import { setTimeout as sleep } from "node:timers/promises";
import { Task, Tool, Workflow } from "spandrel";

/** A job of four spans. */
export class Mailroom {
  @Workflow({ name: "answer_mail" })
  async answer(order: number): Promise<string> {
    const status = await this.lookUp(order);
    return this.write(order, status);
  }

  @Tool({ name: "look_up_order" })
  async lookUp(order: number): Promise<string> {
    await sleep(5);
    return order % 5 === 0 ? "lost" : "shipped";
  }

  @Task({ name: "write_answer" })
  write(order: number, status: string): string {
    this.check(order, status);
    return `Your order ${order} is ${status}.`;
  }

  // Fails for some: tail sampling keeps those traces.
  @Task({ name: "check_answer" })
  check(order: number, status: string): void {
    if (status === "lost") throw new Error(`order ${order}: nobody knows where it is`);
  }
}
