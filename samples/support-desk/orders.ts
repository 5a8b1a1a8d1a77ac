export interface Order {
  readonly number: string;
  readonly item: string;
  readonly status: string;
  readonly due?: string;
}

const ORDERS: readonly Order[] = [
  { number: "A-1042", item: "12 folding chairs", status: "in transit", due: "tomorrow before noon" },
  { number: "B-2217", item: "desk lamp", status: "delivered" },
  { number: "C-3301", item: "2 bedside tables", status: "delivered" },
  { number: "C-3302", item: "reading lamp", status: "delivered" },
];

export class OrderNotFoundError extends Error {
  override readonly name = "OrderNotFoundError";

  constructor(readonly number: string) {
    super(`There is no order ${number}.`);
  }
}

/** Looks an order up, in real life in a database; throws an `OrderNotFoundError` for a number it does not know. */
export async function findOrder(number: string): Promise<Order> {
  const order = ORDERS.find((candidate) => candidate.number === number);
  if (!order) throw new OrderNotFoundError(number);
  return order;
}
