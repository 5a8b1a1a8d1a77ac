import { Task, Workflow, injectContext } from "spandrel";
import type { Order } from "./orders.js";

/** The front: places an order over HTTP. */
export class Shop {
  readonly #apiUrl: string;

  constructor(apiUrl: string) {
    this.#apiUrl = apiUrl;
  }

  @Workflow({ name: "place_order" })
  async placeOrder(order: Order): Promise<string> {
    return this.send(order);
  }

  @Task({ name: "send_order" })
  async send(order: Order): Promise<string> {
    // The trace goes along in `traceparent`. Of the attributes of the scope only the customer does, as it is named here.
    const headers = injectContext({ "content-type": "application/json" }, { include: ["customerIdentifier"] });
    const response = await fetch(`${this.#apiUrl}/orders`, { method: "POST", headers, body: JSON.stringify(order) });
    return response.text();
  }
}
