import {
  BoundedText,
  type ChunkReader,
  type Fields,
  type ResponseFacts,
  fieldsOf,
  textOf,
} from "../instruments/index.js";

/** Content blocks beyond this many are not kept. */
const MAX_BLOCKS = 128;

/** The field of a delta that has its text, and the field of the block that the text belongs to. */
const TEXT_FIELDS: Readonly<Record<string, readonly [ofDelta: string, ofBlock: string]>> = {
  text_delta: ["text", "text"],
  thinking_delta: ["thinking", "thinking"],
  input_json_delta: ["partial_json", "input"],
  compaction_delta: ["content", "content"],
};

/** One content block as its events build it up. */
interface Block {
  readonly start: Fields;
  readonly text: BoundedText;
  field: string | undefined;
}

/** This reads the events of a streamed message, and makes of them the message they stand for. */
export class MessageEvents implements ChunkReader {
  readonly #isContentCaptured: boolean;
  readonly #maxChars: number;
  readonly #describe: (message: unknown) => ResponseFacts;
  readonly #blocks = new Map<unknown, Block>();
  #message: Fields = {};
  #usage: Fields = {};
  #stopReason: unknown;
  #isStopped = false;
  #failure: ResponseFacts["failure"];

  constructor(isContentCaptured: boolean, maxChars: number, describe: (message: unknown) => ResponseFacts) {
    this.#isContentCaptured = isContentCaptured;
    this.#maxChars = maxChars;
    this.#describe = describe;
  }

  get isFinished(): boolean {
    return this.#isStopped || this.#failure !== undefined;
  }

  add(value: unknown): void {
    const event = fieldsOf(value);
    switch (event["type"]) {
      case "content_block_delta":
        return this.#append(event);
      case "content_block_start":
        return this.#addBlock(event);
      case "message_start":
        return this.#start(fieldsOf(event["message"]));
      case "message_delta":
        this.#stopReason = fieldsOf(event["delta"])["stop_reason"] ?? this.#stopReason;
        this.#addUsage(fieldsOf(event["usage"]));
        return;
      case "message_stop":
        this.#isStopped = true;
        return;
      case "error": {
        const { type, message } = fieldsOf(event["error"]);
        this.#failure = {
          type: textOf(type) ?? "stream_error",
          message: textOf(message) ?? "the stream reported an error",
        };
      }
    }
  }

  facts(): ResponseFacts {
    const content = [...this.#blocks.values()].map(readBlock);
    const { attributes, output } = this.#describe({
      ...this.#message,
      usage: this.#usage,
      stop_reason: this.#stopReason,
      content: content.length > 0 ? content : undefined,
    });
    return { attributes, output, failure: this.#failure };
  }

  /** Output tokens are counted at the end only; what is said of them here is a placeholder. */
  #start({ id, model, usage }: Fields): void {
    this.#message = { id, model };
    const { output_tokens: _placeholder, output_tokens_details: _details, ...known } = fieldsOf(usage);
    this.#usage = known;
  }

  /** Totals of the whole message, each left out, or null, where nothing changed. */
  #addUsage(usage: Fields): void {
    const totals = Object.entries(usage).filter(([, total]) => total !== null && total !== undefined);
    this.#usage = { ...this.#usage, ...Object.fromEntries(totals) };
  }

  #addBlock({ index, content_block: value }: Fields): void {
    const start = fieldsOf(value);
    // From here on another model writes the message.
    if (start["type"] === "fallback") this.#message = { ...this.#message, model: fieldsOf(start["to"])["model"] };
    if (!this.#isContentCaptured || this.#blocks.size >= MAX_BLOCKS) return;
    this.#blocks.set(index, { start, text: new BoundedText(this.#maxChars), field: undefined });
  }

  #append({ index, delta: value }: Fields): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    const delta = fieldsOf(value);
    const fields = TEXT_FIELDS[String(delta["type"])];
    if (fields === undefined) return;
    const [ofDelta, ofBlock] = fields;
    const text = delta[ofDelta];
    if (typeof text !== "string" || text === "") return;
    block.text.add(text);
    block.field = ofBlock;
  }
}

/** A block without deltas is whole as it started. */
function readBlock({ start, text, field }: Block): Fields {
  return field === undefined ? start : { ...start, [field]: (textOf(start[field]) ?? "") + String(text) };
}
