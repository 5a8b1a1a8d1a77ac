import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { AnswerReader } from "../../lib/exporters/answer-reader";
import { ExportError } from "../../lib/exporters/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, makeExporter, startReceiver } from "./otlp-rig";

const RETRYABLE = { code: 1, error: expect.any(ExportError), retryAfterMillis: 0 };

let server: Server | undefined;
const sockets = new Set<Socket>();

/** A server that answers the first bytes of each connection by hand. */
async function startRaw(answer: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = undefined;
});

describe("a server that cannot be reached", () => {
  it("fails the batch for now, and gets the next one when it is back", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    await receiver.refuse();
    const result = await exportBatch(exporter, makeSpan());
    expect(result).toEqual(RETRYABLE);
    const host = receiver.url.slice("http://".length);
    expect(result.error?.message).toBe(`POST ${receiver.url}/v1/traces failed: connect ECONNREFUSED ${host}`);
    expect(result.error).toMatchObject({ status: undefined, cause: { code: "ECONNREFUSED" } });
    await receiver.reopen();
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
  });

  it("because it has gone away fails the batch for now, though a connection was open", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    await receiver.refuse();
    expect(await exportBatch(exporter, makeSpan())).toEqual(RETRYABLE);
    await receiver.reopen();
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
  });

  it.each([
    ["that all of its addresses refuse", Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" })],
    ["for a reason of its own", new Error("ECONNREFUSED")],
    ["with a key in the reason", new Error("ECONNREFUSED key-4711-abcd")],
  ])("is told of %s", (_, cause) => {
    const url = new URL("http://collector:4318/v1/traces");
    const advice = { key: "", path: "", format: "", urlOption: "", authority: "", port: "" };
    const headers = { authorization: "Bearer key-4711-abcd" };
    const result = new AnswerReader({ url, headers, protocol: "http/json", advice }).readFailure(cause);
    expect(result).toEqual(RETRYABLE);
    expect(result.error?.message.replace(" …", "")).toBe(`POST ${url.href} failed: ECONNREFUSED`);
  });
});

describe("a connection that breaks", () => {
  it.each([
    ["reset", "socket hang up"],
    ["cut", "the connection was closed before the whole answer was there"],
  ] as const)("fails the batch for now: %s", async (fault, reason) => {
    const receiver = await startReceiver();
    receiver.answer({ fault });
    const exporter = makeExporter({ url: receiver.url });
    const result = await exportBatch(exporter, makeSpan());
    expect(result).toEqual(RETRYABLE);
    expect(result.error?.message).toBe(`POST ${receiver.url}/v1/traces failed: ${reason}`);
    expect(receiver.requests).toHaveLength(1);
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
  });

  it("in the middle of a body of known length fails the batch for now", async () => {
    const url = await startRaw((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"));
    expect(await exportBatch(makeExporter({ url }), makeSpan())).toEqual(RETRYABLE);
  });

  it.each([
    ["is no HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["is empty", ""],
    ["switches to another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
  ])("because the answer %s fails the batch for now", async (_, answer) => {
    const url = await startRaw((socket) => socket.end(answer));
    expect(await exportBatch(makeExporter({ url }), makeSpan())).toEqual(RETRYABLE);
  });
});

describe("a connection that has been idle", () => {
  it("and that the server has closed in the meantime costs the batch nothing", async () => {
    let connections = 0;
    const idle = createHttpServer((_, response) => response.end()).listen(0, "127.0.0.1");
    idle.on("connection", () => void connections++);
    server = idle;
    await once(idle, "listening");
    const exporter = makeExporter({ url: `http://127.0.0.1:${(idle.address() as AddressInfo).port}` });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    idle.closeAllConnections();
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    expect(connections).toBe(2);
    idle.closeAllConnections();
  });

  it("and breaks is replaced by a new one, not by another that has been idle", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    const both = receiver.arrived(2);
    receiver.answer({ after: both }, { after: both }, { fault: "reset" });
    await Promise.all([exportBatch(exporter, makeSpan()), exportBatch(exporter, makeSpan())]);
    expect(receiver.connections).toBe(2);
    expect(await exportBatch(exporter, makeSpan({ name: "again" }))).toEqual({ code: 0 });
    expect(receiver.connections).toBe(3);
    expect(receiver.spans.at(-1)?.name).toBe("again");
  });

  it("and breaks is replaced once", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    receiver.answer({}, { fault: "reset" }, { fault: "reset" });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    expect(await exportBatch(exporter, makeSpan())).toEqual(RETRYABLE);
    expect(receiver.requests).toHaveLength(3);
  });

  it("and breaks within the answer fails the batch for now", async () => {
    const receiver = await startReceiver();
    const exporter = makeExporter({ url: receiver.url });
    receiver.answer({}, { fault: "cut" });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    expect(await exportBatch(exporter, makeSpan())).toEqual(RETRYABLE);
    expect(receiver.requests).toHaveLength(2);
  });
});

describe("a port of gRPC", () => {
  it("is told of with the port of OTLP over HTTP", async () => {
    // The SETTINGS frame with which an HTTP/2 server begins.
    const url = await startRaw((socket) => socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])));
    const result = await exportBatch(makeExporter({ url }), makeSpan());
    expect(result).toEqual(RETRYABLE);
    expect(result.error?.message).toMatch(/; this may be a gRPC port; OTLP over HTTP is on 4318 as a rule$/);
  });
});

describe("a server that does not answer in time", () => {
  it.each(["never", "stall"] as const)("fails the batch for now and loses its connection: %s", async (fault) => {
    const receiver = await startReceiver();
    receiver.answer({ fault });
    const exporter = makeExporter({ url: receiver.url, timeoutMillis: 60 });
    const result = await exportBatch(exporter, makeSpan());
    expect(result).toEqual(RETRYABLE);
    expect(result.error?.message).toBe(`POST ${receiver.url}/v1/traces failed: no answer within 60 ms`);
    const [request] = receiver.requests;
    expect(await request?.ended).toBe("gone");
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
  });

  it("does not get more time by sending a byte now and then", async () => {
    const url = await startRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
      const timer = setInterval(() => socket.write("{"), 10);
      socket.once("close", () => clearInterval(timer));
    });
    const result = await exportBatch(makeExporter({ url, timeoutMillis: 100 }), makeSpan());
    expect(result).toEqual(RETRYABLE);
    expect(result.error?.message).toContain("no answer within 100 ms");
  });
});

describe("an answer that is too large", () => {
  it.each([
    ["a success", 200, { code: 0 }],
    ["a refusal", 400, { code: 1, error: expect.any(ExportError), rejected: 1 }],
  ])("is read no further than 64 KiB: %s", async (_, status, expected) => {
    let written = 0;
    const piece = "x".repeat(64 * 1024);
    const url = await startRaw((socket) => {
      socket.write(`HTTP/1.1 ${status} Some\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const pour = (): void => {
        if (socket.destroyed) return;
        written++;
        socket.write(`10000\r\n${piece}\r\n`, () => setImmediate(pour));
      };
      pour();
    });
    expect(await exportBatch(makeExporter({ url }), makeSpan())).toEqual(expected);
    // Endless: it stops because the connection is gone.
    const [socket] = sockets;
    if (!socket?.destroyed) await once(socket!, "close");
    expect(written).toBeLessThan(200);
  });

  it("of less is read as a whole", async () => {
    const receiver = await startReceiver();
    const json = `${'{"partialSuccess":{"rejectedSpans":"1"},"x":"'.padEnd(64 * 1024 - 2, "x")}"}`;
    receiver.answer({ body: json, headers: { "content-type": "application/json" } });
    const exporter = makeExporter({ url: receiver.url });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0, rejected: 1 });
    expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
    expect(receiver.connections).toBe(1);
  });
});
