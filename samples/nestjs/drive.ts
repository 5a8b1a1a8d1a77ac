/** What a service is asked over HTTP, and what it answers. */
export class Caller {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, headers: Readonly<Record<string, string>>) {
    this.#base = base;
    this.#headers = headers;
  }

  /** One request; the body of its answer. */
  async ask(method: string, path: string, body?: object): Promise<string> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    console.log(`${method} ${path} → ${response.status} ${text}`.trimEnd());
    return text;
  }

  /** Reads a stream of events, or the first `count` of it and goes. */
  async read(path: string, count = Infinity): Promise<void> {
    const leave = new AbortController();
    const response = await this.#send("GET", path, undefined, leave.signal);
    console.log(`GET ${path} → ${response.status} ${String(response.headers.get("content-type"))}`);
    let pieces = "";
    let left = count;
    for await (const piece of eventsOf(response)) {
      pieces += piece;
      if (--left === 0) break;
    }
    if (left === 0) leave.abort();
    console.log(`${pieces.replace(/^/gm, "  | ")}${left === 0 ? " … (left)" : ""}`);
  }

  #send(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
    return fetch(this.#base + path, {
      method,
      headers: { ...this.#headers, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  }
}

/** The pieces that the events carry. */
async function* eventsOf({ body }: Response): AsyncGenerator<string, void, undefined> {
  let text = "";
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const events = (text + chunk).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield (JSON.parse(data) as { piece: string }).piece;
    }
  }
}
