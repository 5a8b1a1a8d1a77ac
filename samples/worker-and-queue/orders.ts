import type { Carrier } from "spandrel";

/** What the shop sells: all prices before tax. */
export interface Order {
  readonly number: string;
  readonly country: string;
  readonly netCents: number;
}

/** What a job of the queue holds: the order, and the trace that it is part of. */
export interface OrderJob {
  readonly order: Order;
  readonly trace: Carrier;
}
