import { once } from "node:events";
import { type RequestListener, type Server, createServer } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { StreamingWorkflow, Task, Tool, Workflow } from "../../lib/index.js";
import { macrotask, type Traces } from "../support/traces.js";

export interface Address {
  readonly url: string;
  readonly port: number;
}

const servers: Server[] = [];
const sockets: Socket[] = [];

/** Closes, after each test, whatever it has opened with `listen` and `openSocket`. */
export function closeServers(): void {
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(
      servers.splice(0).map(async (server) => {
        if (!server.listening) return;
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      }),
    );
  });
}

/** Serves on the loopback. */
export async function listen(app: RequestListener | Server): Promise<Address> {
  const server = typeof app === "function" ? createServer(app) : app;
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return addressOf(server);
}

export function addressOf(server: { address(): unknown }): Address {
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}`, port };
}

/** A client that reads and leaves when it is told to. */
export class Client {
  readonly socket: Socket;
  text = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    sockets.push(this.socket);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => (this.text += text));
    this.socket.on("error", () => undefined);
  }

  send(...lines: readonly string[]): this {
    this.socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    return this;
  }

  get(path: string): this {
    return this.send(`GET ${path} HTTP/1.1`, "Host: desk.example:8080");
  }

  /** Waits until the text has come. */
  async receive(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.socket, "data");
  }

  /** What came behind the head, out of its chunks. */
  get body(): string {
    const [, ...rest] = this.text.split("\r\n\r\n");
    let framed = rest.join("\r\n\r\n");
    let body = "";
    for (let at = framed.indexOf("\r\n"); at >= 0; at = framed.indexOf("\r\n")) {
      const length = Number.parseInt(framed.slice(0, at), 16);
      body += framed.slice(at + 2, at + 2 + length);
      framed = framed.slice(at + 2 + length + 2);
    }
    return body;
  }
}

/** Waits, by macrotasks, until it is so; fails when it takes too long. */
export async function until(isSo: () => boolean, millis = 5000): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > millis) throw new Error(`waited ${String(millis)} ms in vain for ${String(isSo)}`);
    await macrotask();
  }
}

/** What is meant by "at once", in milliseconds. */
export const AT_ONCE = 100;

/** The least that a measurement gives: a busy machine may spoil one, hardly three. */
export async function atBest(measure: () => Promise<number>): Promise<number> {
  let best = Infinity;
  for (let attempt = 0; attempt < 3 && best >= AT_ONCE; attempt++) best = Math.min(best, await measure());
  return best;
}

/** Waits until so many spans have been exported. */
export function spansOf(traces: Traces, count: number): Promise<void> {
  return until(() => traces.spans.length >= count);
}

/** A service, traced like any other. */
export class Desk {
  /** How many items were pulled, and how the stream was left. */
  pulls = 0;
  log: string[] = [];

  @Workflow({ name: "answer" })
  async answer(question: string): Promise<string> {
    await macrotask();
    return this.look(await this.rank(question));
  }

  @Task({ name: "rank" })
  async rank(question: string): Promise<string> {
    await Promise.resolve();
    return question.toUpperCase();
  }

  @Tool({ name: "look" })
  look(question: string): string {
    return `${question}!`;
  }

  @Workflow({ name: "fail" })
  async fail(): Promise<never> {
    await Promise.resolve();
    throw new RangeError("no such desk");
  }

  /** Counts, for as long as anybody listens. */
  @StreamingWorkflow({ name: "count" })
  async *count(items = Infinity): AsyncGenerator<string> {
    try {
      for (let item = 1; item <= items; item++) {
        this.pulls++;
        yield `item ${String(item)}`;
        await macrotask();
      }
    } finally {
      this.log.push("count left");
    }
  }

  /** Gives one item, and then waits until its signal is aborted. */
  @StreamingWorkflow({ name: "wait" })
  async *wait(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield "first";
      await aborted(signal);
      yield "never";
    } finally {
      this.log.push("wait left");
    }
  }
}

/** Rejects as `fetch` does, when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
