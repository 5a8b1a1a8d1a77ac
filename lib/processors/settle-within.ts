/** How something that was given a limited time came out. */
export type Settlement =
  { readonly kind: "done" } | { readonly kind: "late" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * This starts something and waits for it, at most so many milliseconds. It never rejects. Its timer keeps the process
 * alive: somebody awaits the answer.
 */
export function settleWithin(start: () => unknown, millis: number): Promise<Settlement> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ kind: "late" }), millis);
    const finish = (settlement: Settlement): void => {
      clearTimeout(timer);
      resolve(settlement);
    };
    const run = async (): Promise<unknown> => await start();
    run().then(
      () => finish({ kind: "done" }),
      (error: unknown) => finish({ kind: "failed", error }),
    );
  });
}
