import { types } from "node:util";
import { type Attributes, context } from "@opentelemetry/api";
import { currentTracer, peekSpan, runtime } from "../context/index.js";
import { contain } from "../internal/index.js";
import * as semconv from "../semconv.js";
import { type AnyFunction, imitate } from "../span/index.js";
import type { SchemaMethod, Verdict } from "./schema-methods.js";
import { validationCounter } from "./validation-counter.js";
import { FailureNote, type ValidationFacts, type ValidationRecord, ValidationSpan } from "./validation-record.js";

/** What is kept of validations: spans of all; notes of failures; or nothing but their number, which all three have. */
export type SchemaRecord = "all" | "failure" | "metrics";

/**
 * This makes a method that gives what `call` gives, and is traced. `imitated` is the method it stands in for. While
 * telemetry is off, or nobody listens, it is the call alone.
 */
export function traceMethod(
  method: SchemaMethod,
  facts: ValidationFacts,
  record: SchemaRecord,
  imitated: AnyFunction,
  call: (args: readonly unknown[]) => unknown,
): AnyFunction {
  return imitate(imitated, (_self, args) => {
    if (runtime.state === "off") return call(args);
    const counter = validationCounter();
    const kept = record === "metrics" ? undefined : tryKeep(facts, record, args[0]);
    if (counter === undefined && kept === undefined) return call(args);
    const active = kept?.context ?? context.active();
    const settle = (read: () => Verdict): void => {
      const verdict = tryRead(read);
      contained(() => kept?.settle(verdict));
      contained(() => counter?.add(1, countedAs(facts, verdict), active));
    };
    let returned: unknown;
    try {
      returned = kept?.context === undefined ? call(args) : context.with(kept.context, call, undefined, args);
    } catch (error) {
      settle(() => method.readThrown(error));
      throw error;
    }
    if (method.isAsync && types.isPromise(returned)) {
      return returned.then(
        (result) => {
          settle(() => method.readReturned(result));
          return result;
        },
        (error: unknown) => {
          settle(() => method.readThrown(error));
          throw error;
        },
      );
    }
    settle(() => method.readReturned(returned));
    return returned;
  });
}

/** Undefined where nobody would hear of the validation. */
function tryKeep(facts: ValidationFacts, record: SchemaRecord, value: unknown): ValidationRecord | undefined {
  try {
    const tracer = currentTracer();
    const parent = context.active();
    if (record === "all") return tracer === undefined ? undefined : new ValidationSpan(facts, tracer, parent, value);
    return tracer === undefined && peekSpan(parent) === undefined ? undefined : new FailureNote(facts, tracer, parent);
  } catch (error) {
    contain("SPANDREL_OPEN_FAILED", "opening the span of a validation", error);
    return undefined;
  }
}

/** Results are zod's, and can be read; those of a method that somebody has replaced may not. */
function tryRead(read: () => Verdict): Verdict {
  try {
    return read();
  } catch (error) {
    return { outcome: "error", thrown: error };
  }
}

function contained(work: () => void): void {
  try {
    work();
  } catch (error) {
    contain("SPANDREL_VALIDATION_UNRECORDED", "recording a validation", error);
  }
}

function countedAs({ schemaName, method }: ValidationFacts, { outcome }: Verdict): Attributes {
  return {
    [semconv.VALIDATION_SCHEMA]: schemaName,
    [semconv.VALIDATION_METHOD]: method,
    [semconv.VALIDATION_OUTCOME]: outcome,
  };
}
