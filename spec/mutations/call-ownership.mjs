/** One call, one span, whoever else traces it. */
const file = "lib/context/call-ownership.ts";
const specs = ["context/call-ownership.spec.ts"];
const fault = (name, find, replace, where = file, by = specs) => ({ name, file: where, find, replace, specs: by });

export const faults = [
  fault(
    "a suspect is never left out",
    "if (!seen.isLeftOut && seen.isSuspect",
    "if (false && !seen.isLeftOut && seen.isSuspect",
  ),
  fault("whatever is below a call is left out", "seen.isSuspect && isForeignModelCall(seen.span)", "seen.isSuspect"),
  fault(
    "any model call below is a suspect",
    "callOf(parentContext)?.span.spanContext() === parent",
    "callOf(parentContext) !== undefined",
  ),
  fault(
    "children are not attached anew",
    "if (parent !== given) (span as MaybeReadable).parentSpanContext = parent;",
    "",
  ),
  fault(
    "an agent's span is a call",
    "if (operation !== undefined) return OPERATIONS.has(operation);",
    "if (operation !== undefined) return true;",
  ),
  fault("a model is no sign", "attributes[GEN_AI_REQUEST_MODEL] !== undefined ||", ""),
  fault("the older convention is no sign", "REQUEST_TYPES.has(attributes[LLM_REQUEST_TYPE]) ||", ""),
  fault("OpenInference's kind is no sign", "OPENINFERENCE_KINDS.has(attributes[OPENINFERENCE_SPAN_KIND])", "false"),
  fault(
    "one around is left out, not the next",
    "while (seen !== undefined && (seen.isLeftOut",
    "if (seen !== undefined && (seen.isLeftOut",
  ),
  fault(
    "what is around is kept",
    "if (!seen.isLeftOut) leaveOut(seen);\n    parent = seen.parent;",
    "parent = seen.parent;",
  ),
  fault("a shared provider's span is doubled", "isTaken: isShared && isForeignModelCall(span)", "isTaken: false"),
  fault(
    "another SDK's span takes the call",
    "isTaken: isShared && isForeignModelCall(span)",
    "isTaken: isForeignModelCall(span)",
  ),
  fault("nothing is counted", "ownership.counts.set(name, count);", ""),
  fault("the client's own tracing is warned of", "if (isBuiltIn(name)) {", "if (false as boolean) {", file, [
    "anthropic/built-in-tracing.spec.ts",
  ]),
  fault(
    "a span the client began stays",
    "if (seen === undefined) return;\n  seen.parent",
    "if (seen !== undefined) return;\n  seen!.parent",
    file,
    ["anthropic/built-in-tracing.spec.ts"],
  ),
  fault("left-out spans are exported", "this.#isLeftOut?.(span) === true || ", "", "lib/processors/span-router.ts"),
  fault(
    "decorated calls stay below a left-out span",
    "parentContext = this.#source.adoptiveParent(parentContext);",
    "",
    "lib/tracer/recording-tracer.ts",
  ),
  fault(
    "headers name a left-out span",
    "const exported = given === undefined ? undefined : adoptiveParent(given);",
    "const exported = given;",
    "lib/telemetry/provider.ts",
  ),
  fault(
    "injectContext names a left-out span",
    "given === undefined ? undefined : adoptiveParent(given);\n    if (spanContext",
    "given;\n    if (spanContext",
    "lib/context/carrier.ts",
  ),
  fault(
    "retries of a class's client are not seen",
    "undoings.push(watchRetries(owner));",
    "",
    "lib/instruments/attach-dialect.ts",
    ["openai/instrument.spec.ts"],
  ),
  fault(
    "the classes stay wrapped",
    "for (const undo of undoings.splice(0)) undo();",
    "",
    "lib/instruments/attach-dialect.ts",
    ["openai/instrument.spec.ts"],
  ),
  fault("a covered wrapper goes on after the undoing", "isOn = false;", "", "lib/instruments/attach-method.ts", [
    "openai/instrument.spec.ts",
  ]),
  fault(
    "the undoing takes another's wrapper off",
    "if (Reflect.get(target, key) !== wrapper) return;",
    "",
    "lib/instruments/attach-method.ts",
    ["openai/instrument.spec.ts"],
  ),
  fault(
    "a retry that two hooks see counts two",
    "if (this.#isEnded || retriesRemaining === this.#retriesRemaining) return;",
    "if (this.#isEnded) return;",
    "lib/instruments/model-call.ts",
    ["openai/instrument.spec.ts"],
  ),
  fault(
    "a call by two wrappers is two",
    "entered.resource = resource;\n  try",
    "try",
    "lib/instruments/trace-call.ts",
    ["openai/instrument.spec.ts"],
  ),
];
