/** Node.js runs a timer of more milliseconds at once. */
export const LONGEST_TIMER_MILLIS = 2 ** 31 - 1;
