import { Task, Workflow, extractLinks, withExtractedContext } from "spandrel";
import type { Order, OrderJob } from "./orders.js";
import type { Renderer } from "./render.js";
import type { TaxOffice } from "./tax-office.js";

/** The worker's side of the queue. */
export class Invoices {
  readonly #office: TaxOffice;
  readonly #renderer: Renderer;

  constructor(office: TaxOffice, renderer: Renderer) {
    this.#office = office;
    this.#renderer = renderer;
  }

  /** A job that belongs to the order: its spans continue the order's trace. */
  process({ order, trace }: OrderJob): Promise<string> {
    return withExtractedContext(trace, () => this.make(order));
  }

  @Task({ name: "make_invoice" })
  async make(order: Order): Promise<string> {
    const rate = await this.#office.ask(order.country);
    const total = (order.netCents * (1 + rate / 100)) / 100;
    return this.#renderer.render(`${order.number}: ${total.toFixed(2)} with ${rate} % tax`);
  }

  /** A job of its own, long after the order: a trace of its own, with a link to the order's. */
  @Workflow({ name: "audit_order", links: ({ trace }: OrderJob) => extractLinks(trace) })
  async audit({ order }: OrderJob): Promise<boolean> {
    return order.netCents > 0;
  }
}
