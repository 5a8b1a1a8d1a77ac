import { OtlpSpanExporter } from "../../lib/exporters/index";
import { VERSION } from "../../lib/internal/index";
import { makeSpan, spanId, TRACE_ID } from "../otlp/make-span";
import { exportBatch, logged, makeExporter, startReceiver } from "./otlp-rig";

describe("OtlpSpanExporter", () => {
  it("sends a batch as one protobuf request to /v1/traces", async () => {
    const receiver = await startReceiver();
    const spans = [makeSpan({ id: 1, name: "chat" }), makeSpan({ id: 2, name: "plan", attributes: { a: [1, "b"] } })];
    expect(await exportBatch(makeExporter({ url: receiver.url }), ...spans)).toEqual({ code: 0 });
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: "POST", path: "/v1/traces" });
    expect(request?.headers["content-type"]).toBe("application/x-protobuf");
    expect(receiver.spans).toMatchObject([
      { traceId: TRACE_ID, spanId: spanId(1), name: "chat" },
      { traceId: TRACE_ID, spanId: spanId(2), name: "plan" },
    ]);
    expect([...receiver.spans[1]!.attributes]).toEqual([["a", [1, "b"]]]);
  });

  it("sends OTLP JSON on request", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url, protocol: "http/json" });
    expect(await exportBatch(exporter, makeSpan({ name: "chat" }))).toEqual({ code: 0 });
    const [request] = receiver.requests;
    expect(request?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(String(request?.body)).resourceSpans[0].scopeSpans[0].spans[0].name).toBe("chat");
  });

  it.each(["http/protobuf", "http/json"] as const)("compresses %s with gzip on request", async (protocol) => {
    const receiver = await startReceiver();
    const name = "x".repeat(10_000);
    const exporter = makeExporter({ url: receiver.url, protocol, compression: "gzip" });
    expect(await exportBatch(exporter, makeSpan({ name }))).toEqual({ code: 0 });
    expect(receiver.requests[0]?.headers["content-encoding"]).toBe("gzip");
    expect(Number(receiver.requests[0]?.headers["content-length"])).toBeLessThan(1_000);
    expect(receiver.spans.map((span) => span.name)).toEqual([name]);
  });

  it("sends nothing beside the body's headers, its own name and what it was given", async () => {
    const receiver = await startReceiver();
    const headers = { "X-Tenant": "a", "Content-Type": "text/plain", "content-encoding": "br", "Content-Length": "1" };
    await exportBatch(makeExporter({ url: receiver.url, headers }), makeSpan());
    const { host, "content-length": length, ...others } = receiver.requests[0]!.headers;
    expect(receiver.url).toBe(`http://${host}`);
    expect(Number(length)).toBe(receiver.requests[0]?.body.length);
    expect(others).toEqual({
      connection: "keep-alive",
      "content-type": "application/x-protobuf",
      "user-agent": `spandrel/${VERSION}`,
      "x-tenant": "a",
    });
  });

  it("sends the user agent and the authorization it is given", async () => {
    const receiver = await startReceiver();
    const headers = { "User-Agent": "desk/1", Authorization: "Bearer k" };
    await exportBatch(makeExporter({ url: receiver.url, headers }), makeSpan());
    expect(receiver.requests[0]?.headers).toMatchObject({ "user-agent": "desk/1", authorization: "Bearer k" });
    expect(receiver.requests[0]?.rawHeaders.filter((name) => /^user-agent$/i.test(name))).toHaveLength(1);
  });

  it("sends user and password of the URL as basic authentication", async () => {
    const receiver = await startReceiver();
    const url = receiver.url.replace("http://", "http://desk:p%40ss@");
    expect(await exportBatch(makeExporter({ url }), makeSpan())).toEqual({ code: 0 });
    const sent = receiver.requests[0]?.headers.authorization?.replace("Basic ", "") ?? "";
    expect(Buffer.from(sent, "base64").toString()).toBe("desk:p@ss");
  });

  it.each([
    ["", "/v1/traces"],
    ["/", "/v1/traces"],
    ["/?tenant=a", "/v1/traces?tenant=a"],
    ["/otlp", "/otlp"],
    ["/otlp/v1/traces?tenant=a", "/otlp/v1/traces?tenant=a"],
    ["/v1/traces/", "/v1/traces/"],
  ])('sends to the path of a url that ends in "%s"', async (end, path) => {
    const receiver = await startReceiver();
    await exportBatch(makeExporter({ url: receiver.url + end }), makeSpan());
    expect(receiver.requests[0]?.path).toBe(path);
  });

  it.each([200, 202, 204, 299])("takes %d for success", async (status) => {
    const receiver = await startReceiver();
    receiver.answer({ status });
    expect(await exportBatch(makeExporter({ url: receiver.url }), makeSpan())).toEqual({ code: 0 });
  });

  it("keeps one connection for all its requests", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    for (const name of ["a", "b", "c"]) expect(await exportBatch(exporter, makeSpan({ name }))).toEqual({ code: 0 });
    expect(receiver.spans.map((span) => span.name)).toEqual(["a", "b", "c"]);
    expect(receiver.connections).toBe(1);
  });

  it("makes no request when there is nothing to send", async () => {
    const receiver = await startReceiver();
    expect(await exportBatch(makeExporter({ url: receiver.url }))).toEqual({ code: 0 });
    expect(receiver.connections).toBe(0);
  });

  it("rejects spans that have no form in OTLP, says so once, and sends the others", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    const poison = makeSpan({ traceId: "none" });
    expect(await exportBatch(exporter, poison, makeSpan({ name: "good" }), poison)).toEqual({ code: 0, rejected: 2 });
    expect(await exportBatch(exporter, poison)).toEqual({ code: 0, rejected: 1 });
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.spans.map((span) => span.name)).toEqual(["good"]);
    expect(logged).toEqual(["spandrel: SPANDREL_SPAN_REJECTED: a span was not written: its traceId is not valid\n"]);
  });

  it("reads the spans before export returns", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url, compression: "gzip" });
    const attributes: Record<string, unknown> = { a: "before" };
    const exported = exportBatch(exporter, makeSpan({ attributes }));
    attributes["a"] = "after";
    await exported;
    expect([...receiver.spans[0]!.attributes]).toEqual([["a", "before"]]);
  });

  it("contains a callback that throws", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    exporter.export([makeSpan()], () => {
      throw new Error("callback");
    });
    await exporter.forceFlush();
    expect(logged).toEqual([expect.stringContaining("SPANDREL_EXPORT_CALLBACK")]);
  });

  it("may be given a batch again that was not answered", () => {
    expect(new OtlpSpanExporter({}, {}).acceptsRepeats).toBe(true);
  });
});
