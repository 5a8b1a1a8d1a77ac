/** Runs named checks, prints one line for each, and ends with `N passed, N failed` and the exit code. */
export class Checklist {
  #passed = 0;
  #failed = 0;

  /** Runs one check; a throw is a failure and the next check still runs. Returns what it returned. */
  async check(name, action) {
    const start = performance.now();
    try {
      const result = await action();
      this.#passed++;
      console.log(`pass  ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      this.#failed++;
      const text = error instanceof Error ? error.message : String(error);
      console.log(`FAIL  ${name}\n${text.replace(/^/gm, "      ")}`);
      return undefined;
    }
  }

  finish() {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    if (this.#failed > 0 || this.#passed === 0) process.exitCode = 1;
  }
}

/** Throws the difference of two texts, line by line. */
export function expectText(what, actual, expected) {
  if (actual === expected) return;
  const expectedLines = expected.split("\n");
  const actualLines = actual.split("\n");
  const lines = [];
  for (let at = 0; at < Math.max(expectedLines.length, actualLines.length); at++) {
    if (expectedLines[at] === actualLines[at]) continue;
    if (expectedLines[at] !== undefined) lines.push(`- ${expectedLines[at]}`);
    if (actualLines[at] !== undefined) lines.push(`+ ${actualLines[at]}`);
  }
  throw new Error(`${what} differs from what is expected (- expected, + actual)\n${lines.slice(0, 60).join("\n")}`);
}

/** Throws with the list when there is anything in it. */
export function expectNone(what, faults) {
  if (faults.length > 0) throw new Error(`${what}:\n${faults.join("\n")}`);
}
