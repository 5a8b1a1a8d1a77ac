import { type Fields, fieldsOf, listOf } from "../instruments/index.js";

interface CallPieces {
  readonly id: unknown;
  readonly name: unknown;
  readonly pieces: string[];
}

/** This puts the chunks of a streamed chat completion together to what the API gives without streaming; one choice. */
export class CompletionBuilder {
  #head: Fields = {};
  /** By name: other providers' models have more of them, such as `reasoning_content`. */
  readonly #texts = new Map<string, string[]>();
  readonly #calls = new Map<unknown, CallPieces>();
  #finishReason: unknown = null;
  #usage: unknown;

  /** Returns what the chunk adds to the message. */
  add(value: unknown): Fields {
    const chunk = fieldsOf(value);
    // Azure's first chunk is about the prompt, and has an empty id.
    if (!this.#head["id"]) this.#head = chunk;
    if (typeof chunk["usage"] === "object" && chunk["usage"] !== null) this.#usage = chunk["usage"];
    const choice = listOf(chunk["choices"])
      .map(fieldsOf)
      .find(({ index }) => index === 0 || index === undefined);
    if (choice === undefined) return {};
    if (typeof choice["finish_reason"] === "string") this.#finishReason = choice["finish_reason"];
    const delta = fieldsOf(choice["delta"]);
    for (const name of Object.keys(delta)) this.#addText(name, delta[name]);
    for (const call of listOf(delta["tool_calls"])) this.#addCall(fieldsOf(call));
    return delta;
  }

  /** True once the model has said why it stopped. */
  get isFinished(): boolean {
    return this.#finishReason !== null;
  }

  /** Undefined before the first chunk. */
  get completion(): Fields | undefined {
    if (Object.keys(this.#head).length === 0) return undefined;
    const { id, created, model, service_tier, system_fingerprint } = this.#head;
    const calls = [...this.#calls.values()].map(({ id: callId, name, pieces }) => ({
      id: callId,
      type: "function",
      function: { name, arguments: pieces.join("") },
    }));
    const message = {
      role: "assistant",
      content: null,
      refusal: null,
      ...Object.fromEntries([...this.#texts].map(([name, pieces]) => [name, pieces.join("")])),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    };
    return {
      id,
      object: "chat.completion",
      created,
      model,
      ...(service_tier === undefined ? {} : { service_tier }),
      ...(system_fingerprint === undefined ? {} : { system_fingerprint }),
      choices: [{ index: 0, message, logprobs: null, finish_reason: this.#finishReason }],
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
    };
  }

  #addText(name: string, piece: unknown): void {
    if (typeof piece !== "string" || name === "role") return;
    const pieces = this.#texts.get(name);
    if (pieces === undefined) this.#texts.set(name, [piece]);
    else pieces.push(piece);
  }

  #addCall({ index, id, function: called }: Fields): void {
    const { name, arguments: piece } = fieldsOf(called);
    let call = this.#calls.get(index);
    if (call === undefined) this.#calls.set(index, (call = { id, name, pieces: [] }));
    if (typeof piece === "string") call.pieces.push(piece);
  }
}
