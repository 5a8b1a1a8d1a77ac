import { ROOT_CONTEXT, context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import type { ExportResult, ReadableSpan, SpanExporter } from "../otlp/index.js";

/** What became of a batch. */
export type ExportOutcome =
  /** The destination has it, but for spans that it refused, and for `poison`: those that the exporter threw at. */
  { readonly kind: "exported"; readonly rejected: number; readonly poison?: Poison } | Setback;

/** How an export came out that has not delivered its batch, as far as one can know. */
export type Setback = FailedExport | { readonly kind: "timeout" };

/** Spans that an exporter cannot even be given. */
export interface Poison {
  readonly spans: number;
  readonly error: unknown;
}

/** A batch that the exporter says it has not delivered. */
export interface FailedExport {
  readonly kind: "failed";
  readonly error: unknown;
  /** How many spans the destination has refused for good; the others were not delivered. */
  readonly rejected: number;
  /** Set when the exporter says that the batch may be given again, and not before so many milliseconds. */
  readonly retryAfterMillis?: number | undefined;
  /** True when `export` threw instead of answering. */
  readonly isThrown?: boolean;
  readonly isAboutBatch?: boolean;
  readonly isTooLarge?: boolean;
}

/** OTel's `ExportResultCode.SUCCESS`. */
const SUCCESS = 0;

/**
 * This runs what belongs to an exporter so that its own HTTP calls make no spans. From the root context, not from the
 * active one: whichever request happened to fill the batch must not be visible to the exporter.
 */
export function runQuietly<T>(fn: () => T): T {
  return context.with(suppressTracing(ROOT_CONTEXT), fn);
}

/**
 * This hands a batch to an exporter and calls `settle` exactly once, in the same turn if the exporter answers in it.
 * It never throws: a throw, a rejected promise, no answer at all and a second answer are all the exporter's own affair.
 */
export function callExporter(
  exporter: SpanExporter,
  spans: readonly ReadableSpan[],
  timeoutMillis: number,
  settle: (outcome: ExportOutcome) => void,
): void {
  let isSettled = false;
  const finish = (outcome: ExportOutcome): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    settle(outcome);
  };
  const fail = (error: unknown): void => finish({ kind: "failed", error, rejected: 0 });
  const timer = setTimeout(() => finish({ kind: "timeout" }), timeoutMillis);
  // An exporter that hangs must not keep the process; who awaits a flush keeps it.
  timer.unref();

  const send = (): void => {
    if (isSettled) return;
    try {
      const returned: unknown = runQuietly((): unknown =>
        // A copy: the array is the exporter's now, who may empty it, and the batch may have to be sent again.
        exporter.export([...spans], (result) => finish(outcomeOf(result))),
      );
      // An `async export` is common; its rejection would end the process.
      if (isObject(returned)) Promise.resolve(returned).catch(fail);
    } catch (error) {
      finish({ kind: "failed", error, rejected: 0, isThrown: true });
    }
  };
  const pending = pendingResources(spans);
  if (pending === undefined) send();
  else void pending.then(send);
}

/** Answers come from user code and may be anything. */
function outcomeOf(result: ExportResult | undefined): ExportOutcome {
  if (result?.code === SUCCESS) return { kind: "exported", rejected: countOf(result.rejected) };
  return {
    kind: "failed",
    error: result?.error ?? new Error("the exporter answered FAILED and gave no error"),
    rejected: countOf(result?.rejected),
    retryAfterMillis: delayOf(result?.retryAfterMillis),
    isAboutBatch: result?.isAboutBatch === true,
    isTooLarge: result?.isTooLarge === true,
  };
}

function delayOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

function countOf(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.floor(value) : 0;
}

/** No `instanceof`: promises of another realm (jest, vm) reject just the same. */
function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** OTel's `Resource` while detectors still look for attributes. */
interface DetectedResource {
  readonly attributes: unknown;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
}

/** As the stock processors do, an export waits for resource attributes that are still being detected. */
function pendingResources(spans: readonly ReadableSpan[]): Promise<unknown> | undefined {
  let resources: Set<DetectedResource> | undefined;
  for (const { resource } of spans) {
    if (resource.asyncAttributesPending === true) (resources ??= new Set()).add(resource);
  }
  if (resources === undefined) return undefined;
  return Promise.allSettled([...resources].map(async (resource) => resource.waitForAsyncAttributes?.()));
}
