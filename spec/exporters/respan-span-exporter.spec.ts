import { InvalidOptionError } from "../../lib/errors";
import { RespanSpanExporter, type RespanSpanExporterOptions } from "../../lib/exporters/index";
import { readRespanEndpoint } from "../../lib/exporters/respan-endpoint";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, logged, startReceiver, track } from "./otlp-rig";

function makeExporter(
  options: RespanSpanExporterOptions = {},
  env: Readonly<Record<string, string>> = {},
): RespanSpanExporter {
  return track(new RespanSpanExporter(options, env));
}

function errorOf(options: unknown, env: Readonly<Record<string, string>> = {}): InvalidOptionError {
  try {
    new RespanSpanExporter(options as RespanSpanExporterOptions, env);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("RespanSpanExporter", () => {
  it("sends OTLP JSON to /api/v2/traces with the key", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ apiKey: "key-1", baseUrl: receiver.url });
    expect(await exportBatch(exporter, makeSpan({ name: "chat" }))).toEqual({ code: 0 });
    expect(receiver.requests).toMatchObject([
      {
        method: "POST",
        path: "/api/v2/traces",
        headers: { "content-type": "application/json", authorization: "Bearer key-1" },
        spans: [{ name: "chat" }],
      },
    ]);
  });

  it.each([
    ["https://api.respan.co", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/api", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/api/", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/api/v2", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/api/v2/traces", "https://api.respan.co/api/v2/traces"],
    ["https://api.respan.co/api/v2/traces/", "https://api.respan.co/api/v2/traces"],
    ["https://proxy:8443/v2/traces", "https://proxy:8443/v2/traces"],
    ["https://proxy:8443/respan/api", "https://proxy:8443/respan/api/v2/traces"],
    ["http://localhost:8000", "http://localhost:8000/api/v2/traces"],
    ["api.respan.co", "https://api.respan.co/api/v2/traces"],
    [" proxy:8443/api/", "https://proxy:8443/api/v2/traces"],
  ])("takes the base URL %s", (base, url) => {
    expect(readRespanEndpoint("baseUrl", base).href).toBe(url);
  });

  it("takes key and base URL from the variables, and options before them", async () => {
    const receiver = await startReceiver();
    const env = { RESPAN_API_KEY: "key-env", RESPAN_BASE_URL: `${receiver.url}/env` };
    await exportBatch(makeExporter({}, env), makeSpan());
    await exportBatch(makeExporter({ apiKey: "key-own", baseUrl: `${receiver.url}/own` }, env), makeSpan());
    expect(receiver.requests).toMatchObject([
      { path: "/env/v2/traces", headers: { authorization: "Bearer key-env" } },
      { path: "/own/v2/traces", headers: { authorization: "Bearer key-own" } },
    ]);
  });

  it("sends headers beside the key, which none of them replaces", async () => {
    const receiver = await startReceiver();
    const headers = { "X-Team": "desk", AUTHORIZATION: "Bearer other" };
    await exportBatch(makeExporter({ apiKey: "key-1", baseUrl: receiver.url, headers }), makeSpan());
    const [request] = receiver.requests;
    expect(request?.headers).toMatchObject({ authorization: "Bearer key-1", "x-team": "desk" });
    expect(request?.rawHeaders.filter((name) => /^authorization$/i.test(name))).toHaveLength(1);
  });

  it("reads none of OpenTelemetry's variables", async () => {
    const receiver = await startReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=other",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TIMEOUT: "none",
    };
    await exportBatch(makeExporter({ apiKey: "k", baseUrl: receiver.url }, env), makeSpan());
    expect(receiver.requests[0]?.headers).not.toHaveProperty("x-key");
    expect(receiver.requests[0]?.headers).not.toHaveProperty("content-encoding");
  });

  it("knows nothing of another one with another key and host", async () => {
    const [one, other] = [await startReceiver(), await startReceiver()];
    other.answerAlways({ status: 503, headers: { "retry-after": "7" } });
    const first = makeExporter({ apiKey: "key-1", baseUrl: one.url });
    const second = makeExporter({ apiKey: "key-2", baseUrl: other.url });
    const third = makeExporter({ apiKey: "key-3", baseUrl: one.url });
    const results = await Promise.all([first, second, third].map((exporter) => exportBatch(exporter, makeSpan())));
    expect(results).toMatchObject([{ code: 0 }, { code: 1, retryAfterMillis: 7_000 }, { code: 0 }]);
    expect(one.requests.map(({ headers }) => headers.authorization).sort()).toEqual(["Bearer key-1", "Bearer key-3"]);
    await first.shutdown();
    expect(await exportBatch(third, makeSpan())).toEqual({ code: 0 });
    expect(await exportBatch(first, makeSpan())).toMatchObject({ code: 1 });
  });

  it.each([
    [401, "check apiKey, or RESPAN_API_KEY"],
    [404, "check baseUrl, or RESPAN_BASE_URL; by default it is https://api.respan.co/api"],
    [415, "check that baseUrl, or RESPAN_BASE_URL, is an address of Respan"],
  ])("says in terms of its own options how to mend %d, and never shows the key", async (status, mend) => {
    const receiver = await startReceiver();
    receiver.answer({ status, reason: "No", message: "not key-4711-abcd" });
    const result = await exportBatch(makeExporter({ apiKey: "key-4711-abcd", baseUrl: receiver.url }), makeSpan());
    expect(result).toMatchObject({ code: 1, rejected: 1 });
    expect(result.error?.message).toBe(`POST ${receiver.url}/api/v2/traces answered ${status} No, "not …"; ${mend}`);
  });

  it("names the option that a redirect asks to change", async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 308, headers: { location: "https://api.example/v2/traces" } });
    const { error } = await exportBatch(makeExporter({ apiKey: "k", baseUrl: receiver.url }), makeSpan());
    expect(error?.message).toMatch(/set baseUrl to https:\/\/api\.example\/v2\/traces$/);
  });

  it("gives up at its deadline, and flushes and shuts down as the OTLP exporter does", async () => {
    const receiver = await startReceiver();
    receiver.answer({ fault: "never" });
    const exporter = makeExporter({ apiKey: "k", baseUrl: receiver.url, timeoutMillis: 60 });
    const exported = exportBatch(exporter, makeSpan());
    await exporter.forceFlush();
    expect(await exported).toMatchObject({ code: 1, retryAfterMillis: 0 });
    await exporter.shutdown();
    await receiver.disconnected();
    expect(exporter.acceptsRepeats).toBe(true);
    expect(logged).toEqual([]);
  });
});

describe("an option of RespanSpanExporter that cannot be used", () => {
  it.each([[{}], [{ apiKey: "" }], [{ apiKey: " " }], [{ apiKey: undefined }]])("is a missing key: %j", (options) => {
    const { message } = errorOf(options, { RESPAN_API_KEY: "" });
    expect(message).toContain("RespanSpanExporter.apiKey");
    expect(message).toContain("RESPAN_API_KEY");
  });

  it.each([
    ["no object", "secret", "RespanSpanExporter"],
    ["a key of two lines", { apiKey: "secret\nsecret" }, "RespanSpanExporter.apiKey"],
    ["a key with a blank", { apiKey: "Bearer secret" }, "RespanSpanExporter.apiKey"],
    ["a key that is none", { apiKey: 7 }, "RespanSpanExporter.apiKey"],
    ["a base of another scheme", { apiKey: "k", baseUrl: "ftp://secret@host" }, "RespanSpanExporter.baseUrl"],
    ["a base that is none", { apiKey: "k", baseUrl: "secret secret" }, "RespanSpanExporter.baseUrl"],
    ["a base of nothing", { apiKey: "k", baseUrl: "" }, "RespanSpanExporter.baseUrl"],
    ["headers of two lines", { apiKey: "k", headers: { a: "secret\n" } }, "RespanSpanExporter.headers.a"],
    ["no time", { apiKey: "k", timeoutMillis: -1 }, "RespanSpanExporter.timeoutMillis"],
    ["a form of metadata there is not", { apiKey: "k", metadata: "none" }, "RespanSpanExporter.metadata"],
    ["a style there is not", { apiKey: "k", spanNameStyle: "pretty" }, "RespanSpanExporter.spanNameStyle"],
  ])("is an error that shows no secret: %s", (_, options, option) => {
    const error = errorOf(options);
    expect(error.option).toBe(option);
    expect(error.message).not.toContain("secret");
  });

  it.each([
    ["RESPAN_BASE_URL", "ftp://secret@host"],
    ["RESPAN_SPAN_NAME_STYLE", "pretty"],
  ])("may be the variable %s", (name, value) => {
    const error = errorOf({ apiKey: "k" }, { [name]: value });
    expect(error.option).toBe(name);
    expect(error.message).not.toContain("secret");
  });
});
