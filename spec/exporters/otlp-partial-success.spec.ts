import { ExportError } from "../../lib/exporters/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, logged, makeExporter, startReceiver } from "./otlp-rig";

const batch = [1, 2, 3].map((id) => makeSpan({ id }));

describe("a batch of which the server takes a part", () => {
  it.each(["http/protobuf", "http/json"] as const)("is a success with the server's number (%s)", async (protocol) => {
    const receiver = await startReceiver();
    receiver.answer({ rejected: 2, message: "too old" });
    const result = await exportBatch(makeExporter({ url: receiver.url, protocol }), ...batch);
    expect(result).toEqual({ code: 0, rejected: 2 });
    expect(logged).toEqual([
      `spandrel: SPANDREL_PARTIAL_SUCCESS: ${receiver.url}/v1/traces took a batch but refused 2 of 3 spans: "too old"\n`,
    ]);
  });

  it("is said once for each destination", async () => {
    const [one, other] = [await startReceiver(), await startReceiver()];
    for (const receiver of [one, other]) {
      receiver.answerAlways({ rejected: 1 });
      const exporter = makeExporter({ url: receiver.url });
      for (let round = 0; round < 2; round++) {
        expect(await exportBatch(exporter, ...batch)).toEqual({ code: 0, rejected: 1 });
      }
    }
    expect(logged).toEqual([one, other].map(({ url }) => expect.stringContaining(`${url}/v1/traces took a batch`)));
  });

  it("adds the spans that were not sent", async () => {
    const receiver = await startReceiver();
    receiver.answer({ rejected: 1 });
    const result = await exportBatch(makeExporter({ url: receiver.url }), makeSpan({ traceId: "none" }), ...batch);
    expect(result).toEqual({ code: 0, rejected: 2 });
  });

  it("never has more rejected spans than it has spans", async () => {
    const receiver = await startReceiver();
    receiver.answer({ rejected: 4_000 });
    expect(await exportBatch(makeExporter({ url: receiver.url }), ...batch)).toEqual({ code: 0, rejected: 3 });
  });
});

describe("a warning of the server", () => {
  it("is said once, and nothing is rejected", async () => {
    const receiver = await startReceiver();
    receiver.answerAlways({ message: "deprecated" });
    const exporter = makeExporter({ url: receiver.url });
    expect(await exportBatch(exporter, ...batch)).toEqual({ code: 0 });
    expect(await exportBatch(exporter, ...batch)).toEqual({ code: 0 });
    expect(logged).toEqual([
      `spandrel: SPANDREL_EXPORT_WARNING: ${receiver.url}/v1/traces took a batch with a warning: "deprecated"\n`,
    ]);
  });
});

describe("the body of a success", () => {
  const partial = Buffer.from([0x0a, 0x02, 0x08, 0x03]);
  const json = '{"partialSuccess":{"rejectedSpans":"3"}}';

  it.each([
    ["protobuf", "application/x-protobuf", partial, 3],
    ["JSON that was not asked for", "application/json; charset=utf-8", json, 3],
    ["of no type, as the request", "", partial, 3],
    ["words", "text/html", "OK", 0],
    ["bytes of something else", "application/octet-stream", partial, 0],
    ["protobuf that is none", "application/x-protobuf", Buffer.from("OK"), 0],
    ["a length that is a <", "", Buffer.from([0x0a, 0x3c, 0x08, 0x02, 0x12, 0x38, ...Buffer.alloc(0x38, "a")]), 2],
    ["JSON that is torn", "application/json", json.slice(0, 20), 0],
  ])("is read by its type: %s", async (_, type, body, rejected) => {
    const receiver = await startReceiver();
    receiver.answer({ body, headers: { "content-type": type } });
    const result = await exportBatch(makeExporter({ url: receiver.url }), ...batch);
    expect(result).toEqual(rejected > 0 ? { code: 0, rejected } : { code: 0 });
  });

  it.each([
    ["text/html", "<!DOCTYPE html><title>Sign in</title>"],
    ["text/html; charset=utf-8", "\ufeff\r\n <html></html>"],
    ["application/x-protobuf", "<html></html>"],
    ["application/json", "<HTML></HTML>"],
    ["", '\n<?xml version="1.0"?>'],
  ])("that is a page is no delivery, whatever its type: %s", async (type, body) => {
    const receiver = await startReceiver();
    receiver.answer({ body, headers: { "content-type": type } });
    const result = await exportBatch(makeExporter({ url: receiver.url }), ...batch);
    expect(result).toEqual({ code: 1, error: expect.any(ExportError), retryAfterMillis: 0 });
    expect(result.error).toMatchObject({ status: 200 });
    expect(result.error?.message).toBe(
      `POST ${receiver.url}/v1/traces answered 200 with a page instead of OTLP; check url`,
    );
  });

  it("without a type is read as the request was written", async () => {
    const receiver = await startReceiver();
    receiver.answer({ body: json, headers: { "content-type": "" } });
    const exporter = makeExporter({ url: receiver.url, protocol: "http/json" });
    expect(await exportBatch(exporter, ...batch)).toEqual({ code: 0, rejected: 3 });
  });
});
