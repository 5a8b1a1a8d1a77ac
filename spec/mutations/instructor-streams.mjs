const iterable = ["instructor/iterable.spec.ts"];
const partial = ["instructor/partial.spec.ts"];
const retry = ["instructor/retry-stream.spec.ts"];
const ends = ["instructor/stream-ends.spec.ts"];
const hooks = ["instructor/stream-hooks.spec.ts"];
const builder = ["instructor/completion-builder.spec.ts"];
const context = ["instructor/stream-context.spec.ts"];
const output = ["instructor/stream-output.spec.ts"];

const instructor = "lib/instructor/instructor.ts";
const items = "lib/instructor/extract-items.ts";
const partials = "lib/instructor/extract-partials.ts";
const message = "lib/instructor/streamed-message.ts";
const completion = "lib/instructor/completion-builder.ts";
const list = "lib/instructor/list-items.ts";
const parallelItems = "lib/instructor/parallel-items.ts";
const parallelPartial = "lib/instructor/parallel-partial.ts";
const calls = "lib/instructor/streamed-calls.ts";
const span = "lib/instructor/extraction-span.ts";
const extraction = "lib/instructor/extraction.ts";
const kept = "lib/instructor/output-list.ts";

const fault = (name, file, find, replace, specs) => ({ name, file, find, replace, specs });

/** Streamed extraction: what is yielded and when, how streams end, and what hooks and spans are told. */
export const faults = [
  fault(
    "streams ask again unasked",
    instructor,
    "return retryStream ? maxRetries + 1 : 1;",
    "return maxRetries + 1;",
    retry,
  ),
  fault("streams never ask again", instructor, "return retryStream ? maxRetries + 1 : 1;", "return 1;", retry),
  fault("nobody follows a stream", instructor, "  followIterator(generator, span, undefined);\n", "", output),
  fault(
    "the clock of a list starts at the call",
    instructor,
    "extractItems(open, format",
    "extractItems(((one) => () => one)(open()), format",
    ends,
  ),
  fault(
    "the clock of a partial starts at the call",
    instructor,
    "extractPartials(open, format",
    "extractPartials(((one) => () => one)(open()), format",
    ends,
  ),
  fault(
    "the output of a list is its last item",
    instructor,
    '"instructor.create_iterable", settings, format, true',
    '"instructor.create_iterable", settings, format, false',
    output,
  ),
  fault(
    "the output of a partial is a list",
    instructor,
    '"instructor.create_partial", settings, format, false',
    '"instructor.create_partial", settings, format, true',
    output,
  ),

  fault("a list leaves its timer behind", items, "    extraction.limits.dispose();\n", "", ends),
  fault(
    "a bad item fails the stream at its end only",
    items,
    "          if (issues.length > 0 && !extraction.isRetryable) extraction.rejected(issues);\n",
    "",
    iterable,
  ),
  fault(
    "items go on behind a bad one",
    items,
    "if (valid !== undefined && issues.length === 0) yield",
    "if (valid !== undefined) yield",
    retry,
  ),
  fault(
    "the model is told of the first bad item only",
    items,
    "const valid = await list.check(found, issues);",
    "const valid = issues.length === 0 ? await list.check(found, issues) : undefined;",
    retry,
  ),
  fault("an issue has no place in the list", items, "path: [index, ...issue.path]", "path: issue.path", iterable),
  fault("left out items are not counted", items, "    this.#extraction.span.skipped(++this.#skipped);\n", "", iterable),
  fault("nobody hears of left out items", items, "    this.#extraction.dropped(result.issues, index);\n", "", iterable),
  fault(
    "hooks hear of left out items with their place",
    items,
    "this.#extraction.dropped(result.issues, index);",
    "this.#extraction.dropped(result.issues.map((one) => ({ ...one, path: [index, ...one.path] })), index);",
    hooks,
  ),
  fault("nobody waits for onInvalidItem", items, "await (policy as", "void (policy as", iterable),
  fault(
    "what is wrong with the whole list goes unseen",
    items,
    "issues.push(...reader.finish(message));",
    "reader.finish(message);",
    iterable,
  ),
  fault("a valid list is not counted", items, "return extraction.accepted();", "return;", retry),
  fault(
    "an invalid whole is not asked for again",
    items,
    "extraction.rejected(issues, message);",
    "extraction.rejected(issues);",
    retry,
  ),

  fault(
    "a bad part fails the stream at its end only",
    partials,
    "        if (issues.length > 0 && !extraction.isRetryable) extraction.rejected(issues);\n",
    "",
    partial,
  ),
  fault(
    "snapshots come twice",
    partials,
    "if (issues.length > 0 || snapshot === last) continue;",
    "if (issues.length > 0 || snapshot === undefined) continue;",
    partial,
  ),
  fault(
    "snapshots go on behind a bad part",
    partials,
    "if (issues.length > 0 || snapshot === last) continue;",
    "if (snapshot === last) continue;",
    retry,
  ),
  fault("the value is returned only", partials, "        yield result.data;\n", "", partial),
  fault("the value is yielded only", partials, "return result.data;", "return undefined as never;", partial),
  fault("a partial leaves its timer behind", partials, "    extraction.limits.dispose();\n", "", ends),
  fault("a valid partial is not counted", partials, "        extraction.accepted();\n", "", retry),
  fault(
    "an invalid partial is not asked for again",
    partials,
    "extraction.rejected(result.issues, message);",
    "extraction.rejected(result.issues);",
    retry,
  ),

  fault("usage is not asked for", message, "{ include_usage: true, ...(", "{ ...(", retry),
  fault(
    "usage is asked for against the caller's wish",
    message,
    "{ include_usage: true, ...(streamOptions as object | undefined) }",
    "{ ...(streamOptions as object | undefined), include_usage: true }",
    hooks,
  ),
  fault(
    "what onAttempt throws ends the stream",
    message,
    'contain("SPANDREL_HOOK_FAILED", "onAttempt", error);',
    "throw error;",
    retry,
  ),
  fault("onAttempt is not called", message, "      onAttempt?.(extraction.number);\n", "", retry),
  fault(
    "onAttempt is called before the answer",
    message,
    "const stream = await extraction.send({ stream: true, stream_options });",
    "onAttempt?.(extraction.number + 1);\n    const stream = await extraction.send({ stream: true, stream_options });",
    retry,
  ),
  fault(
    "the time to the first chunk is that to the last",
    message,
    "if (isFirst) span.answering();",
    "span.answering();",
    ends,
  ),
  fault(
    "the time to the first chunk is that of the last answer",
    message,
    "let isFirst = number === 1;",
    "let isFirst = number > 0;",
    retry,
  ),
  fault("an aborted stream is read on", message, "        if (limits.isOver) break;\n", "", ends),
  fault(
    "an aborted stream is a cut one",
    message,
    "    if (limits.isOver) throw this.#extraction.broken(limits.signal?.reason);\n",
    "",
    ends,
  ),
  fault(
    "a stream without a finish is whole",
    message,
    "if (!this.#builder.isFinished) {",
    "if (this.#builder.completion === undefined) {",
    ends,
  ),
  fault(
    "an error event is a cut",
    message,
    "this.#extraction.limits.isOver || isApiError(error)",
    "this.#extraction.limits.isOver",
    ends,
  ),
  fault(
    "a cut is an error of the client's",
    message,
    "this.#extraction.limits.isOver || isApiError(error)",
    "error instanceof Object",
    ends,
  ),
  fault(
    "a cut has no cause",
    message,
    "new StreamCutError(record, { cause: error })",
    "new StreamCutError(record)",
    ends,
  ),
  fault(
    "an answer that breaks off has no completion",
    message,
    "    extraction.receiving(() => this.completion);\n",
    "",
    retry,
  ),

  fault(
    "the head is Azure's chunk about the prompt",
    completion,
    'if (!this.#head["id"])',
    'if (this.#head["id"] === undefined)',
    builder,
  ),
  fault("a chunk without usage takes it away", completion, ' && chunk["usage"] !== null', "", builder),
  fault("all choices are one", completion, "index === 0 || index === undefined", "index !== -1", builder),
  fault("the role is text", completion, ' || name === "role"', "", builder),
  fault(
    "only known texts are kept",
    completion,
    'typeof piece !== "string" || name',
    '!["content", "refusal"].includes(name) || typeof piece !== "string" || name',
    builder,
  ),
  fault(
    "the service tier is lost",
    completion,
    "      ...(service_tier === undefined ? {} : { service_tier }),\n",
    "",
    builder,
  ),
  fault(
    "the fingerprint is lost",
    completion,
    "      ...(system_fingerprint === undefined ? {} : { system_fingerprint }),\n",
    "",
    builder,
  ),
  fault("calls run together", completion, "this.#calls.get(index)", "this.#calls.values().next().value", builder),
  fault("the finish is lost", completion, "finish_reason: this.#finishReason", "finish_reason: null", builder),
  fault("usage is lost", completion, "{ usage: this.#usage }", "{}", builder),
  fault(
    "an empty text is none",
    completion,
    'typeof piece !== "string" ||',
    '!piece || typeof piece !== "string" ||',
    builder,
  ),

  fault(
    "a bare list is none",
    list,
    "    if (Array.isArray(value)) return { items: value, path: [] };\n",
    "",
    iterable,
  ),
  fault(
    "JSON that is not brought to its end is whole",
    list,
    "    this.#issue ??= malformed(() => this.#parser.finish());\n",
    "",
    iterable,
  ),
  fault("two calls are one", list, "    if (issues !== undefined) return issues;\n", "", iterable),
  fault(
    "no list is an empty one",
    list,
    'this.#list === undefined ? [answerIssue("invalid_type", "expected a list")] : []',
    "[]",
    iterable,
  ),
  fault("an item keeps the nulls for missing fields", list, "this.#itemSchema.unwrap(item)", "item", iterable),
  fault(
    "items come at the end",
    list,
    "    return this.#takeFinished();\n",
    "    return this.#parser.isComplete([]) ? this.#takeFinished() : [];\n",
    iterable,
  ),

  fault("a call is delivered twice", parallelItems, "      call.isFound = true;\n", "", iterable),
  fault(
    "an unknown function goes unseen",
    parallelItems,
    "schema === undefined ? unknownFunction(this.#schemas) :",
    "schema === undefined ? undefined :",
    iterable,
  ),
  fault(
    "no call is an empty list",
    parallelItems,
    "return [...this.#missing(message), ...issues];",
    "return issues;",
    iterable,
  ),
  fault("the issue of a call has no place", parallelItems, "below(index, [found])", "[found]", iterable),
  fault(
    "malformed arguments go unseen",
    parallelItems,
    "(issue ?? malformed(() => parser.finish()))",
    "undefined",
    iterable,
  ),

  fault(
    "calls of which nothing is known are shown",
    parallelPartial,
    "    while (parts.length > 0 && parts.at(-1) === undefined) parts.pop();\n",
    "",
    partial,
  ),
  fault(
    "calls are shown again where nothing was added",
    parallelPartial,
    "parts.every((part, at) => part === last[at])",
    "parts.length === 0",
    partial,
  ),
  fault(
    "the issue of a part has no call",
    parallelPartial,
    "below(index, await answer.validateFinished())",
    "await answer.validateFinished()",
    partial,
  ),
  fault(
    "calls are shown by the last alone",
    parallelPartial,
    "    this.#snapshot = parts;\n    return parts;",
    "    this.#snapshot = parts;\n    return parts.slice(-1);",
    partial,
  ),
  fault(
    "malformed arguments are not told on the way",
    parallelPartial,
    "if (issue !== undefined) issues.push(...below(index, [issue]));\n      else if",
    "if",
    partial,
  ),

  fault(
    "pieces go to the newest call",
    calls,
    "const part = this.parts[place];",
    "const part = this.parts.at(-1);",
    iterable,
  ),
  fault(
    "calls are told apart by nothing",
    calls,
    "this.#places.get(index)",
    "this.#places.values().next().value",
    iterable,
  ),

  fault("a stream that was left before opens a span", span, "    if (this.#isEnded) return undefined;\n", "", ends),
  fault(
    "the body does not run in its span",
    span,
    "return this.#isStarted ? this.#context : this.start();",
    "return this.#isStarted ? context.active() : (this.start(), context.active());",
    context,
  ),
  fault(
    "the first pull alone runs in the span",
    span,
    "return this.#isStarted ? this.#context : this.start();",
    "return this.#isStarted ? context.active() : this.start();",
    context,
  ),
  fault(
    "the time to the first item is that to the last",
    span,
    "if (this.#itemCount++ === 0)",
    "if (this.#itemCount++ >= 0)",
    ends,
  ),
  fault("the last snapshot is not kept", span, "      this.#value = chunk;\n", "", output),
  fault("items are not kept", span, "      if (this.#isContentCaptured) this.#items?.add(chunk);\n", "", output),
  fault("the span of a forgotten stream stays open", span, "    forgotten.register(iterator, this, this);\n", "", ends),
  fault("a stream that was left is valid", span, 'this.#end("cancelled");', 'this.#end("valid");', ends),
  fault("a stream that was read is cancelled", span, 'this.#end("valid");', 'this.#end("cancelled");', ends),
  fault("a span ends twice", span, "    this.#isEnded = true;\n", "", ends),
  fault(
    "messages of issues are no content",
    span,
    "this.#isContentCaptured ? undefined : this.#start.keys",
    "this.#span ? undefined : this.#start.keys",
    output,
  ),
  fault("events have no bound", span, "      if (this.#eventCount++ >= MAX_EVENTS) return;\n", "", output),
  fault(
    "output is kept where content is not captured",
    span,
    "if (this.#isContentCaptured && (this.#items",
    "if ((this.#items",
    output,
  ),

  fault(
    "a stream that is left has no attempt",
    extraction,
    "    this.span.attempted(this.#number, sumUsage(this.#attempts));\n    const { params",
    "    const { params",
    ends,
  ),
  fault("what has come is not in the error", extraction, "    this.#completion ??= this.#received?.();\n", "", ends),
  fault("the last answer's completion stays", extraction, "    this.#received = undefined;\n", "", retry),

  fault("the list has no bound of items", kept, " || this.#parts.length >= maxItems", "", output),
  fault("the list counts characters", kept, "Buffer.byteLength(part)", "part.length", output),
  fault("the list has no bound of bytes", kept, "if (this.#size <= maxBytes || this.#parts.length === 0) ", "", output),
  fault("a long first item is not named", kept, " || this.#parts.length === 0", "", output),
  fault(
    "nothing says what was not kept",
    kept,
    "const rest = this.#count - this.#parts.length;",
    "const rest = 0;",
    output,
  ),
];
