import { SpandrelError } from "../errors.js";
import type { InMemorySpanExporter } from "../exporters/index.js";
import { resetLog, sharedSlot } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import type { Telemetry } from "../telemetry/index.js";
import type { StartedSpans } from "./started-spans.js";
import { type Branch, type TestSpanNode, type TestTreeOptions, growTree, toNodes } from "./test-span-tree.js";

/** What a test telemetry is made of. */
export interface TestTelemetryParts {
  readonly telemetry: Telemetry;
  readonly exporter: InMemorySpanExporter;
  readonly started: StartedSpans;
  /** Sets a fixed clock and fixed ids to their beginning. */
  readonly restart: () => void;
}

/** Makes a `TestTelemetry`, which only `createTestTelemetry` does: the constructor is private. */
export let makeTestTelemetry: (parts: TestTelemetryParts) => TestTelemetry;

/** What matchers see of a test telemetry. */
export interface TestView {
  /** The trees of the spans that have ended. */
  readonly ended: () => Branch[];
  readonly open: () => ReadableSpan[];
}

/** By telemetry, as the package may be loaded twice: a test's copy, and that of its setup. */
const views = sharedSlot<{ readonly byTelemetry: WeakMap<object, TestView> }>("test-views", () => ({
  byTelemetry: new WeakMap(),
}));

/** What is to be seen of a test telemetry; undefined for anything else. */
export function viewOf(value: unknown): TestView | undefined {
  return typeof value === "object" && value !== null ? views.byTelemetry.get(value) : undefined;
}

/** This is telemetry whose spans a test looks at, as `createTestTelemetry` returns it. */
export class TestTelemetry {
  static {
    makeTestTelemetry = (parts) => new TestTelemetry(parts);
  }

  /** What `startTelemetry` returns: `flush`, `status`, `addProcessor`, … */
  readonly telemetry: Telemetry;
  readonly #exporter: InMemorySpanExporter;
  readonly #started: StartedSpans;
  readonly #restart: () => void;

  private constructor({ telemetry, exporter, started, restart }: TestTelemetryParts) {
    this.telemetry = telemetry;
    this.#exporter = exporter;
    this.#started = started;
    this.#restart = restart;
    views.byTelemetry.set(this, { ended: () => this.#grow(), open: () => this.openSpans() });
  }

  /** The spans that have ended and were sent to the default destination, in the order of their ends. */
  spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans().filter((span) => !this.#started.isForgotten(span));
  }

  /** The spans that have started and not ended yet, in the order of their starts. Those that are not sampled do not count. */
  openSpans(): ReadableSpan[] {
    return this.#started.open;
  }

  /**
   * The spans of `spans()` as trees of plain objects, roots and siblings in the order of their starts. A node has name,
   * kind, status (unless it is unset) and children; `options` adds attributes and events.
   */
  tree(options: TestTreeOptions = {}): TestSpanNode[] {
    return toNodes(this.#grow(), options);
  }

  /** The one span of this name that has ended. Throws when there is none or several, and says which there are. */
  find(name: string): ReadableSpan {
    const [found, ...others] = this.findAll(name);
    if (found === undefined) throw new SpandrelError("SPANDREL_NO_SUCH_SPAN", this.#describeMissing(name));
    if (others.length === 0) return found;
    throw new SpandrelError(
      "SPANDREL_AMBIGUOUS_SPAN",
      `${others.length + 1} spans are called "${name}"; take them all by findAll("${name}")`,
    );
  }

  /** The spans of this name that have ended, in the order of their ends. */
  findAll(name: string): ReadableSpan[] {
    return this.spans().filter((span) => span.name === name);
  }

  /**
   * Begins afresh: forgets every span, those too that are open and end later, sets a fixed clock and fixed ids to their
   * beginning, and forgets which messages were said on stderr and which failures were counted.
   */
  reset(): void {
    this.#started.forget();
    this.#exporter.reset();
    this.#restart();
    resetLog();
  }

  /** Stops recording. The spans can still be looked at; clock and ids are the machine's again. Never rejects. */
  shutdown(): Promise<void> {
    return this.telemetry.shutdown();
  }

  /** `await using telemetry = createTestTelemetry()` shuts down at the end of the scope. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #grow(): Branch[] {
    return growTree(this.#started.sort(this.spans()));
  }

  #describeMissing(name: string): string {
    const ended = listNames(this.spans());
    const open = this.openSpans();
    if (open.some((span) => span.name === name))
      return `"${name}" has started and not ended yet; a span ends when the promise or the stream is over`;
    const still = open.length === 0 ? "" : `; still open: ${listNames(open)}`;
    return `no span is called "${name}"; ended: ${ended}${still}`;
  }
}

function listNames(spans: readonly ReadableSpan[]): string {
  return spans.length === 0 ? "none" : [...new Set(spans.map((span) => span.name))].join(", ");
}
