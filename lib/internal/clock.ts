import { sharedSlot } from "./shared-state.js";

/** This tells what time it is, in milliseconds. */
export interface Clock {
  /** From some point in the past; it never runs backwards. As `performance.now()`. */
  now(): number;
  /** Since the Unix epoch, as `Date.now()`. */
  epochNow(): number;
}

/** Node's own functions are looked up at each reading, as fake timers replace them. */
const MACHINE: Clock = { now: () => performance.now(), epochNow: () => Date.now() };

/** The clock of spans, their events and what is measured inside them; deadlines and timers have the machine's. */
export const clock: Readonly<Clock> = sharedSlot<Clock>("clock", () => ({ ...MACHINE }));

/** Replaces the clock of spans; without an argument it is the machine's again. */
export function setClock(given: Clock = MACHINE): void {
  Object.assign(clock, given);
}
