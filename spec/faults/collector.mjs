import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

import { decodeTracesData, decodeTracesProtobuf } from "../../dist/esm/otlp/index.js";

/**
 * A loopback collector: counts every span of each request that it answers 200, by its id. `decide(request number)` gives
 * the answer: `{ status, headers, body, afterMillis }`, "hang", or undefined for 200.
 */
export async function startCollector(decide = () => undefined) {
  /** How often each span arrived in a request that was taken. */
  const seen = new Map();
  const sockets = new Set();
  let requests = 0;
  /** When the first two requests came. */
  const arrivals = [];
  let port = 0;

  const server = createServer((request, response) => {
    const number = requests++;
    if (arrivals.length < 2) arrivals.push(performance.now());
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const answer = decide(number) ?? {};
      if (answer === "hang") return;
      const { status = 200, headers = {}, body = "", afterMillis = 0, isTaken = status === 200 } = answer;
      setTimeout(() => {
        if (isTaken) count(request, Buffer.concat(parts));
        response.writeHead(status, headers).end(body);
      }, afterMillis);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });

  function count(request, body) {
    const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    const isJson = request.headers["content-type"].startsWith("application/json");
    const { spans, skipped, fault } = isJson ? decodeTracesData(plain.toString()) : decodeTracesProtobuf(plain);
    if (skipped > 0 || fault !== undefined) throw new Error(`the collector was sent what it cannot read: ${fault}`);
    for (const { spanId } of spans) seen.set(spanId, (seen.get(spanId) ?? 0) + 1);
  }

  const listen = () =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        port = server.address().port;
        resolve();
      });
    });
  const stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen();
  return {
    seen,
    start: listen,
    stop,
    get requests() {
      return requests;
    },
    get url() {
      return `http://127.0.0.1:${port}/v1/traces`;
    },
    /** From the first request to the second. */
    get pauseMillis() {
      return arrivals[1] - arrivals[0];
    },
    /** Spans that arrived more than once. */
    get repeated() {
      return [...seen.values()].filter((times) => times > 1).length;
    },
  };
}
