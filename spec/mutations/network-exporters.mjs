/** OTLP over HTTP: what is sent and where to, what an answer means, what is shown, and when it ends. */
const sends = ["exporters/otlp-span-exporter.spec.ts"];
const options = ["exporters/otlp-options.spec.ts"];
const variables = ["exporters/otlp-variables.spec.ts"];
const refused = ["exporters/otlp-refused.spec.ts"];
const partial = ["exporters/otlp-partial-success.spec.ts"];
const network = ["exporters/otlp-network-faults.spec.ts"];
const shutdown = ["exporters/otlp-shutdown.spec.ts"];
const tls = ["exporters/otlp-tls.spec.ts"];
const retryAfter = ["exporters/otlp-retry-after.spec.ts"];
const respan = ["exporters/respan-span-exporter.spec.ts"];
const view = ["exporters/respan-view.spec.ts"];
const nesting = ["otlp/nesting-limit.spec.ts"];

const fault = (file) => (name, find, replace, specs) => ({ name, file: `lib/${file}`, find, replace, specs });
const inClient = fault("exporters/http-client.ts");
const inSender = fault("exporters/otlp-sender.ts");
const inReader = fault("exporters/answer-reader.ts");
const inHeaders = fault("exporters/request-headers.ts");
const inEndpoint = fault("exporters/endpoint.ts");
const inSettings = fault("exporters/otlp-settings.ts");
const inQuote = fault("exporters/quote-server.ts");
const inWait = fault("exporters/retry-after.ts");
const inOptions = fault("exporters/exporter-options.ts");
const inTls = fault("exporters/tls-files.ts");
const inRespan = fault("exporters/respan-span-exporter.ts");
const inRespanEndpoint = fault("exporters/respan-endpoint.ts");
const inView = fault("exporters/respan-view.ts");

export const faults = [
  inClient("connections are not kept", ": new Agent({ keepAlive: true })", ": new Agent()", sends),
  inClient(
    "secure connections are not kept",
    "new SecureAgent({ keepAlive: true, ...tls })",
    "new SecureAgent(tls)",
    tls,
  ),
  inClient("the global agent is used", "agent: this.#agent, ", "", shutdown),
  inClient("the deadline leaves the connection open", "signal, headers }", "headers }", network),
  inClient(
    "a connection that is gone is waited for",
    'outgoing.on("close", () => reject(new Error("the connection was closed before the whole answer was there")));',
    "",
    network,
  ),
  inClient("a large answer is read to its end", "incoming.destroy();", "incoming.resume();", network),
  inClient("a large answer is not cut", "if (length <= MAX_BODY_BYTES) return;", "return;", network),
  inClient(
    "the limit of an answer is 1 KiB",
    "const MAX_BODY_BYTES = 64 * 1024;",
    "const MAX_BODY_BYTES = 1024;",
    network,
  ),
  inClient("close leaves the connections", "this.#agent.destroy();", "", shutdown),
  inClient("a stale connection fails the batch", "!outgoing.reusedSocket", "outgoing.reusedSocket", network),
  inClient("a new connection that breaks is tried again", "!outgoing.reusedSocket || ", "", network),
  inClient("the second connection is an idle one", "this.#dropIdle();", "", network),
  inClient("a closed client sends again", "this.#isClosed || ", "", shutdown),

  inSender(
    "the user's headers replace those of the body",
    '      ...headers,\n      "content-type"',
    '      "content-type"',
    sends,
  ),
  inSender("the user agent is not sent", '"user-agent": `spandrel/${VERSION}`,', "", sends),
  inSender(
    "the type says JSON",
    '"http/protobuf": "application/x-protobuf"',
    '"http/protobuf": "application/json"',
    sends,
  ),
  inSender("compression is not named", '{ "content-encoding": "gzip" }', "{}", sends),
  inSender("nothing is compressed", 'compression === "gzip" ? await compress(body) : body', "body", sends),
  inSender("an empty batch is sent", "if (encoded === 0) return", "if (encoded < 0) return", sends),
  inSender(
    "the spans are read later",
    "? this.#send(spans)",
    "? Promise.resolve().then(() => this.#send(spans))",
    sends,
  ),
  inSender("unencodable spans are not said", "  sayRejected(rejected);\n", "", sends),
  inSender(
    "a callback that throws is not contained",
    ".catch((error: unknown) => contain",
    ".then(() => {}, (error: unknown) => error === 1 && contain",
    sends,
  ),
  inSender(
    "there is no deadline",
    "const timer = setTimeout(expire, timeoutMillis).unref();",
    "const timer = setTimeout(expire, 2 ** 30).unref();",
    network,
  ),
  inSender(
    "the deadline is told of as an abort",
    "deadline.signal.aborted ? deadline.signal.reason : error",
    "error",
    network,
  ),
  inSender("a flush waits for nothing", "await Promise.all(this.#inFlight);", "", shutdown),
  inSender(
    "shutdown does not wait",
    "    await this.flush();\n    clearTimeout(patience);",
    "    clearTimeout(patience);",
    shutdown,
  ),
  inSender("shutdown waits for ever", "() => this.#client.close(), CLOSE_MILLIS", "() => {}, CLOSE_MILLIS", shutdown),
  inSender("an export after shutdown is sent", "this.#closing === undefined\n", "this.#closing !== null\n", shutdown),

  inReader("only 200 is success", "status >= 200 && status < 300) return", "status === 200) return", sends),
  inReader(
    "a redirect is success",
    "status >= 200 && status < 300) return",
    "status >= 200 && status < 400) return",
    refused,
  ),
  ...[408, 425, 429].map((status) =>
    inReader(
      `${status} is final`,
      "new Set([408, 425, 429])",
      `new Set([408, 425, 429].filter((one) => one !== ${status}))`,
      refused,
    ),
  ),
  ...[501, 505, 511].map((status) =>
    inReader(
      `${status} may be given again`,
      "new Set([501, 505, 511])",
      `new Set([501, 505, 511].filter((one) => one !== ${status}))`,
      refused,
    ),
  ),
  inReader("a proxy's own 5xx is final", "status >= 500 && status < 600", "status >= 500 && status < 505", refused),
  inReader("every 5xx is about the batch", "status === 500 ?", "status >= 500 ?", refused),
  inReader("a batch that is too large is as any other", "status === 413 ?", "status === 1413 ?", refused),
  inReader("a page is a delivery", "if (PAGE.test(", "if (false && PAGE.test(", partial),
  inReader("a length is taken for a page", "const PAGE = /^\\s*<[a-z!?]/i;", "const PAGE = /^\\s*</i;", partial),
  inReader("an unknown authority has no mend", "if (UNTRUSTED.has(code)) return", "if (code === null) return", tls),
  inReader("a gRPC port has no mend", 'code.startsWith("HPE_INVALID")', 'code === "HPE_INVALID"', network),
  inReader(
    "a refusal counts the sent spans only",
    "const rejected = sent.encoded + sent.rejected;",
    "const rejected = sent.encoded;",
    refused,
  ),
  inReader("Retry-After is ignored", 'retryAfterMillis(headers["retry-after"], Date.now())', "0", retryAfter),
  inReader("a network error is final", "cause }), retryAfterMillis: 0 };", "cause }) };", network),
  inReader("the server's number is taken as it is", "Math.min(rejectedSpans, sent.encoded)", "rejectedSpans", partial),
  inReader(
    "unsent spans are forgotten",
    "const rejected = sent.rejected + refused;",
    "const rejected = refused;",
    partial,
  ),
  inReader("a partial success is not said", 'log.warn("SPANDREL_PARTIAL_SUCCESS", message, this.#where);', "", partial),
  inReader(
    "a partial success is said for one destination only",
    'log.warn("SPANDREL_PARTIAL_SUCCESS", message, this.#where);',
    'log.warn("SPANDREL_PARTIAL_SUCCESS", message);',
    partial,
  ),
  inReader("a warning is not said", '} else if (reason !== "") {', '} else if (reason === "?") {', partial),
  inReader(
    "any body is read as protobuf",
    'return type.includes("protobuf") ? body : undefined;',
    "return body;",
    partial,
  ),
  inReader("JSON is read as protobuf", 'if (type.includes("json")) return body.toString("utf8");', "", partial),
  inReader("a body without a type is not read", "?.toLowerCase() || this.#protocol", '?.toLowerCase() || ""', partial),
  inReader(
    "plain words are not shown",
    'startsWith("text/plain") ?? false',
    'startsWith("text/none") ?? false',
    refused,
  ),
  inReader("any page is shown", 'startsWith("text/plain") ?? false', 'startsWith("text/") ?? false', refused),
  inReader(
    "the reason phrase is shown as it is",
    "const reason = this.#quote(answer.reason);",
    "const reason = answer.reason;",
    refused,
  ),
  inReader(
    "a redirect's target is shown as it is",
    "this.#quote(showEndpoint(new URL(location, this.#url)))",
    "showEndpoint(new URL(location, this.#url))",
    refused,
  ),
  inReader(
    "a redirect's password is shown",
    "this.#quote(showEndpoint(new URL(location, this.#url)))",
    "this.#quote(new URL(location, this.#url).href)",
    refused,
  ),
  inReader("the URL's own secrets are not hidden", ", ...secretsOf(url)]", "]", refused),
  inEndpoint(
    "a URL's secrets are hidden as they are written only",
    ", ...[username, password].map(decodeURIComponent)",
    "",
    refused,
  ),
  inEndpoint("a key in the query is hidden with its name only", ", ...searchParams.values()", "", refused),
  inReader("where to is shown with its query", "this.#where = showEndpoint(url);", "this.#where = url.href;", refused),
  inReader("413 has no mend", "if (status === 413) return", "if (status === 1413) return", refused),
  inReader("403 has no mend", "status === 401 || status === 403", "status === 401", refused),
  inReader("errors without a message say nothing", "message || code ||", "message ||", network),

  inQuote("header values are shown", "[...values, ...words].map(flatten)", "[...words].map(flatten)", refused),
  inQuote("the key behind Bearer is shown", "[...values, ...words].map(flatten)", "[...values].map(flatten)", refused),
  inQuote(
    "control characters are shown",
    "return toTerminalText(hidden, MAX_LENGTH);",
    "return text.slice(0, MAX_LENGTH);",
    refused,
  ),
  inQuote("long words are shown as a whole", "const MAX_LENGTH = 200;", "const MAX_LENGTH = 2_000;", refused),

  inWait("any date is taken", "if (!DATES.some((form) => form.test(text))) return 0;", "", retryAfter),
  inWait("seconds are milliseconds", "Number(text) * 1_000", "Number(text)", retryAfter),
  inWait("a moment that has passed is negative", "Math.max(0, millis - nowMillis)", "millis - nowMillis", retryAfter),

  inHeaders(
    "a name that is none is shown",
    'a header name of HTTP", hideText(name)',
    'a header name of HTTP", name',
    options,
  ),
  inHeaders("a value is shown", 'a text on one line", hideText(value)', 'a text on one line", value', options),
  inHeaders(
    "values are not checked",
    'typeof value !== "string" || !isAccepted(() => validateHeaderValue(name, value))',
    'typeof value !== "string"',
    options,
  ),
  inHeaders("names are not checked", "if (!isAccepted(() => validateHeaderName(name)))", "if (name === null)", options),
  inHeaders("headers of the body are the user's", "if (!OURS.has(lower)) headers", "headers", sends),
  inHeaders(
    "names are compared with their case",
    "const lower = name.toLowerCase();",
    "const lower = name;",
    variables,
  ),
  inHeaders("a variable is not decoded", "return decodeURIComponent(text.trim());", "return text.trim();", variables),
  inHeaders(
    "a variable is not trimmed",
    "return decodeURIComponent(text.trim());",
    "return decodeURIComponent(text);",
    variables,
  ),
  inHeaders(
    "a value ends at its second =",
    "decode(entry.slice(at + 1))",
    'decode(entry.split("=")[1] ?? "")',
    variables,
  ),
  inHeaders(
    "a variable is shown",
    "throw new InvalidOptionError(variable, LIST, hideText(text));",
    "throw new InvalidOptionError(variable, LIST, text);",
    variables,
  ),
  inHeaders(
    "an entry without = is skipped",
    "if (name === undefined || value === undefined) throw",
    "if (name === undefined) continue;\n    if (value === undefined) throw",
    variables,
  ),

  inOptions("an unknown option is passed over", "if (!Object.hasOwn(known, name))", "if (name === null)", options),
  inOptions("an unknown option's text is shown", "hideText(value)", "value", options),
  ...["otlp-settings", "respan-span-exporter", "file-span-exporter", "console-span-exporter"].map((file) =>
    fault(`exporters/${file}.ts`)(`${file} takes unknown options`, 'refuseUnknown("', 'void ("', options),
  ),
  inEndpoint(
    "a URL is shown",
    "`a URL such as ${example}`, hideText(given)",
    "`a URL such as ${example}`, given",
    options,
  ),
  inEndpoint("any scheme is taken", '["http:", "https:"].includes(url.protocol)', "true", options),
  inEndpoint("a broken password is taken", " || !isDecodable(url.password)", "", options),
  inEndpoint("slashes at the end stay", 'trimEnd(url.pathname, "/")', "url.pathname", variables),
  inEndpoint("a path that is there is added", "base.endsWith(path) ? base : base + path", "base + path", variables),

  inSettings(
    "a bare origin is used as it is",
    'return url.pathname === "/" ? withPath(url, TRACES_PATH) : url;',
    "return url;",
    sends,
  ),
  inSettings(
    "every url gets the path",
    'return url.pathname === "/" ? withPath(url, TRACES_PATH) : url;',
    "return withPath(url, TRACES_PATH);",
    sends,
  ),
  inSettings(
    "the traces' endpoint gets the path",
    "return readEndpoint(own, exact.value, DEFAULT_URL);",
    "return withPath(readEndpoint(own, exact.value, DEFAULT_URL), TRACES_PATH);",
    variables,
  ),
  inSettings(
    "the general headers win",
    "{ ...read(general), ...read(own) }",
    "{ ...read(own), ...read(general) }",
    variables,
  ),
  inSettings(
    "the variable's headers win",
    '{ ...headersOf(env), ...readHeaders("OtlpSpanExporter.headers", options.headers ?? {}) }',
    '{ ...readHeaders("OtlpSpanExporter.headers", options.headers ?? {}), ...headersOf(env) }',
    variables,
  ),
  inSettings(
    "the general variable wins",
    "`OTEL_EXPORTER_OTLP_TRACES_${setting}`,\n  `OTEL_EXPORTER_OTLP_${setting}`,",
    "`OTEL_EXPORTER_OTLP_${setting}`,\n  `OTEL_EXPORTER_OTLP_TRACES_${setting}`,",
    variables,
  ),
  inSettings(
    "the advice names the protocol in use",
    'protocol === "http/json" ? "http/protobuf" : "http/json"',
    "protocol",
    refused,
  ),
  inSettings(
    "certificates are read without TLS",
    'url.protocol === "https:" ? { tls: readTlsFiles(env) } : {}',
    "{ tls: readTlsFiles(env) }",
    tls,
  ),
  inSettings("certificates are not read", 'url.protocol === "https:" ? { tls: readTlsFiles(env) } : {}', "{}", tls),
  inTls("an authority is not checked", "new X509Certificate(ca);", "", tls),
  inTls("a key is not checked", "createSecureContext(file);", "", tls),
  inTls(
    "the client's certificate is not read",
    '...readPem(env, "CLIENT_CERTIFICATE", "certificate", (cert) => ({ cert })),',
    "",
    tls,
  ),

  inRespan(
    "a header replaces the key",
    '...readHeaders("RespanSpanExporter.headers", options.headers ?? {}),\n        authorization: `Bearer ${keyOf(options.apiKey, env)}`,',
    'authorization: `Bearer ${keyOf(options.apiKey, env)}`,\n        ...readHeaders("RespanSpanExporter.headers", options.headers ?? {}),',
    respan,
  ),
  inRespan(
    "the variable's key wins",
    'given ?? readVariable(env, ["RESPAN_API_KEY"])?.value',
    'readVariable(env, ["RESPAN_API_KEY"])?.value ?? given',
    respan,
  ),
  inRespan("a key is shown", "expected, hideText(key)", "expected, key", respan),
  inRespan("a key of two lines is sent", "/^[\\x21-\\x7e]+$/.test(key.trim())", 'key.trim() !== ""', respan),
  inRespan("spans are sent as they are", "spans.map(this.#view)", "spans", view),
  inRespan("names are semantic by default", '      "legacy",\n', '      "semantic",\n', view),
  inRespan(
    "the style's variable is not read",
    '      readWord(env, ["RESPAN_SPAN_NAME_STYLE"], STYLES) ??\n',
    "",
    view,
  ),
  inRespanEndpoint("a bare host has no /api", 'path === "" ? "/api" : ', "", respan),
  inRespanEndpoint("a whole address gets its path twice", 'path.replace(/\\/v2(\\/traces)?$/, "")', "path", respan),
  inRespanEndpoint("a host needs a scheme", '!given.includes("://")', "false", respan),

  inView("local hints are sent", "!LOCAL.has(key) && ", "", view),
  inView("internal hints are sent", " && !key.startsWith(INTERNAL_PREFIX)", "", view),
  inView(
    "the span itself is changed",
    "const attributes = Object.fromEntries(Object.entries(given).filter(isSent));",
    "const attributes = given as Attributes;\n  for (const key of Object.keys(given)) if (!isSent([key, 0])) delete attributes[key];",
    view,
  ),
  inView(
    "model calls have no request type",
    "if (requestType !== undefined) attributes[LLM_REQUEST_TYPE] = requestType;",
    "",
    view,
  ),
  inView(
    "a call's type beats the entity's kind",
    "ENTITY_KINDS.includes(kind) ? kind : requestType",
    "requestType ?? kind",
    view,
  ),
  inView("the span's own type is replaced", "attributes[LOG_TYPE] ?? (", "(", view),
  inView(
    "the span's own method is replaced",
    'attributes[LOG_METHOD] ??= "ts_tracing";',
    'attributes[LOG_METHOD] = "ts_tracing";',
    view,
  ),
  inView(
    "metadata is written twice",
    "areKeysKept ? entries : entries.filter",
    "areKeysKept || !areKeysKept ? entries : entries.filter",
    view,
  ),
  inView("metadata of the span is replaced", " || attributes[METADATA] !== undefined) return", ") return", view),
  inView(
    "a span that cannot be copied is lost",
    "} catch {\n      return span;",
    "} catch (error) {\n      throw error;",
    view,
  ),
  inView("names are not cleaned", 'value.replace(/[^\\p{L}\\p{N}_.-]+/gu, "_")', "value", view),

  fault("otlp/protobuf-notation.ts")(
    "protobuf nests as deep as JSON",
    "readonly maxNesting = 31;",
    "readonly maxNesting = 64;",
    nesting,
  ),
  fault("otlp/protobuf-notation.ts")(
    "protobuf nests one level too deep",
    "readonly maxNesting = 31;",
    "readonly maxNesting = 32;",
    nesting,
  ),
  fault("otlp/json-notation.ts")(
    "JSON nests less than it may",
    "readonly maxNesting = 64;",
    "readonly maxNesting = 31;",
    nesting,
  ),
];
