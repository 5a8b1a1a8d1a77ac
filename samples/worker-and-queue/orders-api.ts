import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Task, injectContext } from "spandrel";
import { type RequestContextOptions, requestContext } from "spandrel/http";
import type { Queue } from "./job-queue.js";
import type { Order, OrderJob } from "./orders.js";

/** The steps of the service. */
class Orders {
  readonly #queue: Queue<OrderJob>;

  constructor(queue: Queue<OrderJob>) {
    this.#queue = queue;
  }

  @Task({ name: "accept_order" })
  accept(order: Order): string {
    this.#queue.add("invoice", { order, trace: injectContext({}, { include: ["customerIdentifier"] }) });
    return `${order.number} accepted`;
  }

  @Task({ name: "find_order" })
  find(number: string): string {
    return `${number} is on its way`;
  }
}

export interface OrdersApi {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the service: `POST /orders` takes an order, `GET /orders/NUMBER` tells of one. What a request says of traces is
 * believed, left alone, or noted as a link.
 */
export async function startOrdersApi(
  queue: Queue<OrderJob>,
  trustIncoming: NonNullable<RequestContextOptions["trustIncoming"]>,
): Promise<OrdersApi> {
  const orders = new Orders(queue);
  const enter = requestContext({ trustIncoming });

  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.method === "POST") response.end(orders.accept(JSON.parse(await text(request)) as Order));
      else response.end(orders.find(request.url?.split("/").at(-1) ?? ""));
    };
    enter(request, response, () => {
      answer().catch(() => response.writeHead(500).end());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
