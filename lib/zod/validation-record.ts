import { type Attributes, type Context, type Span, SpanKind, type Tracer, trace } from "@opentelemetry/api";
import { issueAttributes, recordFailure, serializeArguments, serializeValue } from "../capture/index.js";
import { runtime, scopeAttributes, scopeOf } from "../context/index.js";
import { contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { isInert } from "./inert-value.js";
import type { Verdict } from "./schema-methods.js";

/** What is said of every validation by one method of one schema. */
export interface ValidationFacts {
  readonly schemaName: string;
  readonly method: string;
  /** The names of properties that may be told where content is switched off. */
  readonly declaredKeys: () => ReadonlySet<string>;
}

/** This is told what a validation came to, once. */
export interface ValidationRecord {
  /** Where the validation runs; undefined for where it is called. */
  readonly context: Context | undefined;
  settle(verdict: Verdict): void;
}

/** The one parameter of every method that matters here: zod calls it `data`. */
const PARAMETERS = { names: ["data"], restIndex: undefined };

/** This is the span of one validation. */
export class ValidationSpan implements ValidationRecord {
  readonly context: Context;
  readonly #facts: ValidationFacts;
  readonly #span: Span;
  readonly #isContentCaptured: boolean;
  readonly #value: unknown;
  #input: string | undefined;

  constructor(facts: ValidationFacts, tracer: Tracer, parent: Context, value: unknown) {
    this.#facts = facts;
    this.#span = startSpan(facts, tracer, parent);
    this.context = trace.setSpan(parent, this.#span);
    this.#isContentCaptured = this.#span.isRecording() && isContentCaptured(parent);
    this.#value = value;
    // Before a preprocessing step changes it, unless to read it would change what the schema gets to see.
    if (this.#isContentCaptured && isInert(value)) this.#input = inputText(value);
  }

  settle(verdict: Verdict): void {
    try {
      if (this.#span.isRecording()) this.#write(verdict);
    } finally {
      this.#span.end();
    }
  }

  #write(verdict: Verdict): void {
    const span = this.#span;
    span.setAttribute(semconv.VALIDATION_OUTCOME, verdict.outcome);
    if (verdict.outcome === "invalid") addFailure(span, this.#facts, verdict.issues, this.#isContentCaptured);
    if (verdict.outcome === "error") recordFailure(span, verdict.thrown, runtime.limits);
    if (!this.#isContentCaptured) return;
    span.setAttribute(semconv.ENTITY_INPUT, this.#input ?? inputText(this.#value));
    if (verdict.outcome === "valid" && verdict.output !== undefined) {
      span.setAttribute(semconv.ENTITY_OUTPUT, serializeValue(verdict.output, runtime.limits));
    }
  }
}

/** This leaves a note where a value is not valid: on the span that is active at the call, else on one of its own. */
export class FailureNote implements ValidationRecord {
  readonly context = undefined;
  readonly #facts: ValidationFacts;
  readonly #tracer: Tracer | undefined;
  readonly #parent: Context;

  constructor(facts: ValidationFacts, tracer: Tracer | undefined, parent: Context) {
    this.#facts = facts;
    this.#tracer = tracer;
    this.#parent = parent;
  }

  settle(verdict: Verdict): void {
    if (verdict.outcome === "valid") return;
    const active = trace.getSpan(this.#parent);
    if (verdict.outcome === "invalid" && active?.isRecording() === true) {
      addFailure(active, this.#facts, verdict.issues, isContentCaptured(this.#parent));
      return;
    }
    // What was thrown may be caught before the active span hears of it; that it failed is not for us to say.
    if (this.#tracer === undefined) return;
    const span = startSpan(this.#facts, this.#tracer, this.#parent);
    try {
      span.setAttribute(semconv.VALIDATION_OUTCOME, verdict.outcome);
      if (verdict.outcome === "error") recordFailure(span, verdict.thrown, runtime.limits);
      else if (span.isRecording()) addFailure(span, this.#facts, verdict.issues, isContentCaptured(this.#parent));
    } finally {
      span.end();
    }
  }
}

function startSpan({ schemaName, method }: ValidationFacts, tracer: Tracer, parent: Context): Span {
  const attributes: Attributes = {
    ...scopeAttributes(parent),
    [semconv.VALIDATION_SCHEMA]: schemaName,
    [semconv.VALIDATION_METHOD]: method,
  };
  return tracer.startSpan(`validate ${schemaName}`, { kind: SpanKind.INTERNAL, attributes }, parent);
}

function isContentCaptured(parent: Context): boolean {
  return runtime.isContentCaptured && scopeOf(parent).isContentCaptured;
}

function inputText(value: unknown): string {
  return serializeArguments([value], PARAMETERS, runtime.limits);
}

function addFailure(
  span: Span,
  { schemaName, method, declaredKeys }: ValidationFacts,
  issues: (() => unknown) | undefined,
  isContentTold: boolean,
): void {
  const attributes: Attributes = {
    [semconv.VALIDATION_SCHEMA]: schemaName,
    [semconv.VALIDATION_METHOD]: method,
    [semconv.VALIDATION_SEVERITY]: "warn",
  };
  try {
    const found = issues?.();
    if (Array.isArray(found))
      Object.assign(attributes, issueAttributes(found, isContentTold ? undefined : declaredKeys()));
  } catch (error) {
    // An error map of the user's that throws, most likely: the caller meets it when looking at the error.
    contain("SPANDREL_ISSUES_UNREADABLE", "reading what is wrong with a value", error);
  }
  span.addEvent(semconv.VALIDATION_FAILED_EVENT, attributes);
}
