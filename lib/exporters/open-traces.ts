import { buildSpanTree, type SpanNode, type TreeSpan } from "../otlp/index.js";

/** A span that waits for its root, and whether it is the first of its trace in this process. */
export interface HeldSpan extends TreeSpan {
  readonly isLocalRoot: boolean;
}

/** Why trees are shown now. */
export type ShowReason = "ended" | "late" | "running" | "unfinished";

/** Trees of one trace that are to be shown together. */
export interface Showing {
  readonly traceId: string;
  readonly reason: ShowReason;
  readonly roots: readonly SpanNode<HeldSpan>[];
  /** How many spans of this trace were shown before its root had ended. */
  readonly shownBefore: number;
}

interface OpenTrace {
  readonly spans: HeldSpan[];
  shown: number;
  timer: NodeJS.Timeout | undefined;
}

const MAX_SPANS = 10_000;
const MAX_TRACES = 1_000;
/** Enough to recognise children that end after their parent was shown. */
const MAX_REMEMBERED = 10_000;
const PATIENCE_MILLIS = 3_000;

/**
 * This holds ended spans until their root has ended, so that a trace can be shown whole; children end first. What has
 * waited for 3 s, or does not fit any more (10,000 spans, 1,000 traces), is handed out before its root. Every span is
 * handed out exactly once.
 */
export class OpenTraces {
  readonly #show: (showing: Showing) => void;
  readonly #traces = new Map<string, OpenTrace>();
  readonly #remembered = new Set<string>();
  #count = 0;

  constructor(show: (showing: Showing) => void) {
    this.#show = show;
  }

  /** Takes a batch; shows the trees that it completes, and those whose parent was shown before. */
  add(spans: readonly HeldSpan[]): void {
    const touched = new Set<string>();
    for (const span of spans) {
      this.#open(span.traceId).spans.push(span);
      this.#count++;
      touched.add(span.traceId);
    }
    for (const traceId of touched) this.#showComplete(traceId);
    while (this.#count > MAX_SPANS || this.#traces.size > MAX_TRACES) this.#evictOldest();
    for (const traceId of touched) this.#startWaiting(traceId);
  }

  /** Shows everything that is still held, as `unfinished`. */
  close(): void {
    for (const [traceId, trace] of this.#traces) this.#showHeld(traceId, trace, "unfinished");
    this.#traces.clear();
  }

  #open(traceId: string): OpenTrace {
    let trace = this.#traces.get(traceId);
    if (trace === undefined) this.#traces.set(traceId, (trace = { spans: [], shown: 0, timer: undefined }));
    return trace;
  }

  #showComplete(traceId: string): void {
    const trace = this.#open(traceId);
    const trees = buildSpanTree(trace.spans);
    const ended = trees.filter(({ span }) => span.isLocalRoot);
    const late = trees.filter(({ span }) => !span.isLocalRoot && this.#wasParentShown(span));
    const waiting = trees.filter((tree) => !ended.includes(tree) && !late.includes(tree));
    this.#count -= trace.spans.length;
    trace.spans.splice(0, Infinity, ...spansOf(waiting));
    this.#count += trace.spans.length;
    for (const root of ended) {
      this.#handOut({ traceId, reason: "ended", roots: [root], shownBefore: trace.shown });
      trace.shown = 0;
    }
    if (late.length > 0) this.#handOut({ traceId, reason: "late", roots: late, shownBefore: 0 });
    if (trace.spans.length === 0 && (trace.shown === 0 || ended.length > 0)) this.#forget(traceId, trace);
  }

  #wasParentShown(span: HeldSpan): boolean {
    return span.parentSpanId !== undefined && this.#remembered.has(`${span.traceId} ${span.parentSpanId}`);
  }

  #startWaiting(traceId: string): void {
    const trace = this.#traces.get(traceId);
    if (trace === undefined || trace.timer !== undefined || trace.spans.length === 0) return;
    trace.timer = setTimeout(() => this.#showHeld(traceId, trace, "running"), PATIENCE_MILLIS);
    trace.timer.unref();
  }

  #showHeld(traceId: string, trace: OpenTrace, reason: ShowReason): void {
    clearTimeout(trace.timer);
    trace.timer = undefined;
    if (trace.spans.length === 0) return;
    const spans = trace.spans.splice(0, Infinity);
    this.#count -= spans.length;
    trace.shown += spans.length;
    this.#handOut({ traceId, reason, roots: buildSpanTree(spans), shownBefore: 0 });
  }

  #evictOldest(): void {
    for (const [traceId, trace] of this.#traces) {
      this.#showHeld(traceId, trace, "running");
      this.#forget(traceId, trace);
      return;
    }
  }

  #forget(traceId: string, trace: OpenTrace): void {
    clearTimeout(trace.timer);
    this.#traces.delete(traceId);
  }

  #handOut(showing: Showing): void {
    for (const { traceId, spanId } of spansOf(showing.roots)) this.#remembered.add(`${traceId} ${spanId}`);
    for (const oldest of this.#remembered) {
      if (this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(oldest);
    }
    this.#show(showing);
  }
}

/** All spans of the trees. Iterative, since a chain may be as long as the limit. */
function spansOf(trees: readonly SpanNode<HeldSpan>[]): HeldSpan[] {
  const spans: HeldSpan[] = [];
  const open = [...trees];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    spans.push(node.span);
    for (const child of node.children) open.push(child);
  }
  return spans;
}
