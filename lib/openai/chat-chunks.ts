import {
  BoundedText,
  type ChunkReader,
  type Fields,
  type Message,
  type MessagePart,
  type ResponseFacts,
  fieldsOf,
  listOf,
  put,
  reasoningPart,
  refusalPart,
  textOf,
  textPart,
  toolCallPart,
} from "../instruments/index.js";
import * as semconv from "../semconv.js";
import { describeCompletion, describeUsage } from "./response-attributes.js";

/** Choices and tool calls beyond this many are not kept apart. */
const MAX_ITEMS = 128;

interface ToolCall {
  id: unknown;
  name: unknown;
  readonly args: BoundedText;
}

/** One choice as its chunks build it up. */
interface Choice {
  readonly text: BoundedText;
  readonly refusal: BoundedText;
  readonly reasoning: BoundedText;
  readonly toolCalls: Map<unknown, ToolCall>;
  finishReason: string | undefined;
}

/** This reads the chunks of a streamed chat completion. */
export class ChatChunks implements ChunkReader {
  readonly #isContentCaptured: boolean;
  readonly #maxChars: number;
  readonly #choices = new Map<unknown, Choice>();
  #first: Fields | undefined;
  #last: Fields = {};
  #usage: unknown;

  constructor(isContentCaptured: boolean, maxChars: number) {
    this.#isContentCaptured = isContentCaptured;
    this.#maxChars = maxChars;
  }

  add(value: unknown): void {
    const chunk = fieldsOf(value);
    this.#first ??= chunk;
    this.#last = chunk;
    if (chunk["usage"] !== undefined && chunk["usage"] !== null) this.#usage = chunk["usage"];
    const { choices } = chunk;
    if (!Array.isArray(choices)) return;
    for (const item of choices) {
      const { index, delta, finish_reason: reason } = fieldsOf(item);
      const choice = this.#choice(index);
      if (choice === undefined) continue;
      if (typeof reason === "string") choice.finishReason = reason;
      if (this.#isContentCaptured && typeof delta === "object" && delta !== null) this.#keep(choice, delta as Fields);
    }
  }

  get isFinished(): boolean {
    if (this.#choices.size === 0) return false;
    for (const { finishReason } of this.#choices.values()) if (finishReason === undefined) return false;
    return true;
  }

  facts(): ResponseFacts {
    const choices = [...this.#choices.values()];
    const attributes = { ...describeCompletion({ ...this.#last, ...this.#first }), ...describeUsage(this.#usage) };
    put(
      attributes,
      semconv.GEN_AI_RESPONSE_FINISH_REASONS,
      choices.flatMap(({ finishReason }) => finishReason ?? []),
    );
    return { attributes, output: choices.length > 0 ? choices.map(readChoice) : undefined };
  }

  #keep(choice: Choice, delta: Fields): void {
    const { content, refusal, tool_calls: toolCalls } = delta;
    if (typeof content === "string") choice.text.add(content);
    if (typeof refusal === "string") choice.refusal.add(refusal);
    const reasoning = delta["reasoning_content"] ?? delta["reasoning"];
    if (typeof reasoning === "string") choice.reasoning.add(reasoning);
    if (toolCalls !== undefined) for (const call of listOf(toolCalls)) this.#keepToolCall(choice, fieldsOf(call));
    if (delta["function_call"] !== undefined) this.#keepToolCall(choice, { function: delta["function_call"] });
  }

  #keepToolCall({ toolCalls }: Choice, piece: Fields): void {
    let call = toolCalls.get(piece["index"]);
    if (call === undefined) {
      if (toolCalls.size >= MAX_ITEMS) return;
      call = { id: undefined, name: undefined, args: new BoundedText(this.#maxChars) };
      toolCalls.set(piece["index"], call);
    }
    const called = fieldsOf(piece["function"] ?? piece["custom"]);
    const args = called["arguments"] ?? called["input"];
    call.id ??= piece["id"];
    call.name ??= called["name"];
    if (typeof args === "string") call.args.add(args);
  }

  #choice(index: unknown): Choice | undefined {
    let choice = this.#choices.get(index);
    if (choice === undefined && this.#choices.size < MAX_ITEMS) {
      choice = {
        text: new BoundedText(this.#maxChars),
        refusal: new BoundedText(this.#maxChars),
        reasoning: new BoundedText(this.#maxChars),
        toolCalls: new Map(),
        finishReason: undefined,
      };
      this.#choices.set(index, choice);
    }
    return choice;
  }
}

function readChoice({ text, refusal, reasoning, toolCalls, finishReason }: Choice): Message {
  const parts: MessagePart[] = [];
  if (reasoning.length > 0) parts.push(reasoningPart(String(reasoning)));
  if (text.length > 0) parts.push(textPart(String(text)));
  if (refusal.length > 0) parts.push(refusalPart(String(refusal)));
  for (const { id, name, args } of toolCalls.values()) parts.push(toolCallPart(id, name, String(args)));
  const reason = textOf(finishReason);
  return { role: "assistant", parts, ...(reason === undefined ? {} : { finish_reason: reason }) };
}
