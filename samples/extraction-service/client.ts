/** A client of the service: plain HTTP, as curl would do it. */
export class UserClient {
  readonly #url: string;
  readonly #customer: string;

  constructor(url: string, customer: string) {
    this.#url = url;
    this.#customer = customer;
  }

  /** The status and the body of an answer. */
  async post(path: string, body: unknown): Promise<{ status: number; text: string }> {
    const response = await this.#send(path, body);
    return { status: response.status, text: await response.text() };
  }

  /** The data of each event of a stream, as it comes. When its reader leaves, the connection is closed. */
  async *stream(path: string, body: unknown): AsyncGenerator<string> {
    const response = await this.#send(path, body);
    let text = "";
    for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (text + part).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) yield event.replaceAll(/^data: ?/gm, "");
    }
  }

  #send(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-customer": this.#customer },
      body: JSON.stringify(body),
    });
  }
}
