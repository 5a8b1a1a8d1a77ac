import { makeSpan } from "../otlp/make-span";
import { exportBatch, makeExporter, makeGate, startReceiver } from "./otlp-rig";
import { runSender } from "./sender-process";

describe("forceFlush", () => {
  it("resolves when everything under way has been answered", async () => {
    const receiver = await startReceiver();
    const gate = makeGate();
    receiver.answer({ after: gate.passed }, { after: gate.passed });
    const exporter = makeExporter({ url: receiver.url });
    const order: string[] = [];
    const exported = ["a", "b"].map((name) =>
      exportBatch(exporter, makeSpan({ name })).then((result) => order.push(`answered ${result.code}`)),
    );
    const flushed = exporter.forceFlush().then(() => order.push("flushed"));
    await receiver.arrived(2);
    expect(order).toEqual([]);
    gate.open();
    await Promise.all([...exported, flushed]);
    expect(receiver.spans).toHaveLength(2);
    expect(order.filter((event) => event !== "flushed")).toEqual(["answered 0", "answered 0"]);
    expect(order).toContain("flushed");
  });

  it("resolves at once when nothing is under way, and after a failure", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    await exporter.forceFlush();
    receiver.answer({ fault: "reset" });
    const results: unknown[] = [];
    exporter.export([makeSpan()], ({ code }) => results.push(code));
    await exporter.forceFlush();
    expect(results).toEqual([1]);
  });

  it("leaves the exporter working", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    await exporter.forceFlush();
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
  });
});

describe("shutdown", () => {
  it("lets what is under way be answered, then closes the connections", async () => {
    const receiver = await startReceiver();
    const gate = makeGate();
    receiver.answer({ after: gate.passed });
    const exporter = makeExporter({ url: receiver.url });
    const codes: number[] = [];
    exporter.export([makeSpan()], ({ code }) => codes.push(code));
    let isShutDown = false;
    const closed = exporter.shutdown().then(() => (isShutDown = true));
    await receiver.arrived();
    expect(isShutDown).toBe(false);
    gate.open();
    await closed;
    expect(codes).toEqual([0]);
    await receiver.disconnected();
  });

  it("waits for a server that does not answer no longer than the deadline", async () => {
    const receiver = await startReceiver();
    receiver.answer({ fault: "never" });
    const exporter = makeExporter({ url: receiver.url, timeoutMillis: 60 });
    const exported = exportBatch(exporter, makeSpan());
    await exporter.shutdown();
    expect(await exported).toMatchObject({ code: 1, retryAfterMillis: 0 });
    await receiver.disconnected();
  });

  it("waits for a server that does not answer no longer than a second, whatever the deadline is", async () => {
    const receiver = await startReceiver();
    receiver.answer({ fault: "never" });
    const exporter = makeExporter({ url: receiver.url, timeoutMillis: 600_000 });
    const exported = exportBatch(exporter, makeSpan());
    await receiver.arrived();
    await exporter.shutdown();
    expect(await exported).toMatchObject({ code: 1, retryAfterMillis: 0 });
    await receiver.disconnected();
  });

  it("sends nothing again, though the connection it closes had been idle before", async () => {
    const receiver = await startReceiver();
    receiver.answer({}, { fault: "never" });
    const exporter = makeExporter({ url: receiver.url });
    await exportBatch(exporter, makeSpan());
    const exported = exportBatch(exporter, makeSpan());
    await receiver.arrived(2);
    await exporter.shutdown();
    expect(await exported).toMatchObject({ code: 1, retryAfterMillis: 0 });
    expect([receiver.requests.length, receiver.connections]).toEqual([2, 1]);
  });

  it("fails later exports, for good and without a request", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    await exporter.shutdown();
    const error = new Error("the exporter has been shut down");
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 1, error });
    expect(receiver.connections).toBe(0);
  });

  it("may be called again, and at once", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    await exportBatch(exporter, makeSpan());
    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    await exporter.shutdown();
    await exporter.forceFlush();
    await receiver.disconnected();
  });
});

describe("an open connection", () => {
  it("does not keep the process while it is idle", async () => {
    // The receiver never closes a connection by itself.
    const receiver = await startReceiver();
    const { code, stdout } = await runSender({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    expect(code).toBe(0);
    expect(stdout).toBe('{"code":0}\n');
    expect(receiver.requests[0]?.headers.connection).toBe("keep-alive");
  });

  it("does not keep the process for as long as a server is silent", async () => {
    const receiver = await startReceiver();
    receiver.answer({ fault: "never" });
    const run = await runSender({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_TIMEOUT: "600000" });
    expect(run).toEqual({ code: 0, stdout: "" });
  });

  it("keeps the process until the answer is there", async () => {
    const receiver = await startReceiver();
    const gate = makeGate();
    receiver.answer({ after: gate.passed });
    const run = runSender({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    await receiver.arrived();
    gate.open();
    expect(await run).toEqual({ code: 0, stdout: '{"code":0}\n' });
  });
});
