import {
  BoundedText,
  type ChunkReader,
  type Fields,
  type MessagePart,
  type ResponseFacts,
  fieldsOf,
  refusalPart,
  textOf,
  textPart,
  toolCallPart,
} from "../instruments/index.js";
import { describeCompletion } from "./response-attributes.js";

/** Output items beyond this many are not kept apart. */
const MAX_ITEMS = 128;

/** One item of the output as its events build it up. */
interface Item {
  readonly type: "text" | "refusal" | "tool_call";
  readonly text: BoundedText;
  id: unknown;
  name: unknown;
}

/**
 * This reads the events of a streamed response. The last event holds the whole response; what came before it is kept
 * for the streams that never get there.
 */
export class ResponseEvents implements ChunkReader {
  readonly #isContentCaptured: boolean;
  readonly #maxChars: number;
  readonly #describe: (response: unknown) => ResponseFacts;
  readonly #items = new Map<string, Item>();
  #started: Fields = {};
  #final: unknown;
  #failure: ResponseFacts["failure"];

  constructor(isContentCaptured: boolean, maxChars: number, describe: (response: unknown) => ResponseFacts) {
    this.#isContentCaptured = isContentCaptured;
    this.#maxChars = maxChars;
    this.#describe = describe;
  }

  get isFinished(): boolean {
    return this.#final !== undefined || this.#failure !== undefined;
  }

  add(value: unknown): void {
    const event = fieldsOf(value);
    switch (event["type"]) {
      case "response.output_text.delta":
        return this.#append("text", event);
      case "response.refusal.delta":
        return this.#append("refusal", event);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return this.#append("tool_call", event);
      case "response.output_item.added":
        return this.#addItem(event);
      case "response.created":
        this.#started = fieldsOf(event["response"]);
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.#final = event["response"];
        return;
      case "error":
        this.#failure = {
          type: textOf(event["code"]) ?? "stream_error",
          message: textOf(event["message"]) ?? "the stream reported an error",
        };
    }
  }

  facts(): ResponseFacts {
    if (this.#final !== undefined) return this.#describe(this.#final);
    const parts = [...this.#items.values()].map(readItem);
    return {
      attributes: describeCompletion(this.#started),
      output: parts.length > 0 ? [{ role: "assistant", parts }] : undefined,
      failure: this.#failure,
    };
  }

  #append(type: Item["type"], event: Fields): void {
    const { delta } = event;
    if (this.#isContentCaptured && typeof delta === "string") this.#item(type, event)?.text.add(delta);
  }

  #addItem(event: Fields): void {
    const { type, call_id: id, name } = fieldsOf(event["item"]);
    if (!this.#isContentCaptured || (type !== "function_call" && type !== "custom_tool_call")) return;
    const item = this.#item("tool_call", event);
    if (item !== undefined) Object.assign(item, { id, name });
  }

  #item(type: Item["type"], { output_index: output, content_index: content }: Fields): Item | undefined {
    const key = `${type} ${String(output)} ${String(content)}`;
    let item = this.#items.get(key);
    if (item === undefined && this.#items.size < MAX_ITEMS) {
      item = { type, text: new BoundedText(this.#maxChars), id: undefined, name: undefined };
      this.#items.set(key, item);
    }
    return item;
  }
}

function readItem({ type, text, id, name }: Item): MessagePart {
  if (type === "tool_call") return toolCallPart(id, name, String(text));
  return type === "text" ? textPart(String(text)) : refusalPart(String(text));
}
