import type {
  ContentBlock,
  Message,
  RawMessageStreamEvent,
  StopReason,
  Usage,
} from "@anthropic-ai/sdk/resources/messages";
import { type Asked, type Frame, type LlmApi, namedFrame, type Phase, servedModel } from "./api.js";
import { type Finish, finishOf, type Outcome, usageOf } from "./outcome.js";

type Step = readonly [Phase, RawMessageStreamEvent | { readonly type: "ping" }];

const STOP_REASONS: Readonly<Record<Finish, StopReason>> = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "refusal",
  tool_calls: "tool_use",
};

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  404: "not_found_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** `POST …/v1/messages` of Anthropic; a refusal is text that stops with `refusal`, tool calls come one after another. */
export const messages: LlmApi = {
  name: "messages",
  path: "/messages",
  requestIdHeader: "request-id",
  toErrorBody: toError,
  toErrorFrame: () => namedFrame("delta", toError(529)),

  toBody(outcome, asked) {
    return {
      ...toStart(outcome, asked),
      content: toBlocks(outcome).map(({ block }) => block),
      stop_reason: toStopReason(outcome),
      usage: toUsage(outcome),
    } satisfies Message;
  },

  toFrames(outcome, asked) {
    const usage = toUsage(outcome);
    const steps: Step[] = [
      ["open", { type: "message_start", message: toStart(outcome, asked) }],
      ...toBlocks(outcome).flatMap(({ empty, deltas }, index): Step[] => [
        ["open", { type: "content_block_start", index, content_block: empty }],
        ...(index === 0 ? [["open", { type: "ping" }] as const] : []),
        ...deltas.map((delta): Step => ["delta", { type: "content_block_delta", index, delta }]),
        ["close", { type: "content_block_stop", index }],
      ]),
      [
        "finish",
        {
          type: "message_delta",
          delta: { container: null, stop_details: null, stop_reason: toStopReason(outcome), stop_sequence: null },
          usage,
        },
      ],
      ["done", { type: "message_stop" }],
    ];
    return steps.map(([phase, event]): Frame => namedFrame(phase, event));
  },
};

interface Block {
  readonly block: ContentBlock;
  readonly empty: ContentBlock;
  readonly deltas: readonly Extract<RawMessageStreamEvent, { type: "content_block_delta" }>["delta"][];
}

function toBlocks(outcome: Outcome): Block[] {
  const { reasoning, refusal, text = refusal, toolCalls = [] } = outcome;
  const blocks: Block[] = [];
  if (reasoning !== undefined) {
    blocks.push({
      block: { type: "thinking", thinking: reasoning.join(""), signature: "c2ln" },
      empty: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        ...reasoning.map((thinking) => ({ type: "thinking_delta", thinking, estimated_tokens: null }) as const),
        { type: "signature_delta", signature: "c2ln" },
      ],
    });
  }
  if (text !== undefined) {
    blocks.push({
      block: { type: "text", text: text.join(""), citations: null },
      empty: { type: "text", text: "", citations: null },
      deltas: text.map((piece) => ({ type: "text_delta", text: piece })),
    });
  }
  toolCalls.forEach(({ name, fragments }, index) => {
    const call = { type: "tool_use", id: `toolu_${index}`, name, caller: { type: "direct" } } as const;
    const deltas = ["", ...fragments].map((partial_json) => ({ type: "input_json_delta", partial_json }) as const);
    blocks.push({ block: { ...call, input: JSON.parse(fragments.join("")) }, empty: { ...call, input: {} }, deltas });
  });
  return blocks;
}

function toStart(outcome: Outcome, asked: Asked): Message {
  return {
    id: `msg_${asked.number}`,
    type: "message",
    role: "assistant",
    model: servedModel(asked),
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
    usage: { ...toUsage(outcome), output_tokens: 1 },
  };
}

function toStopReason(outcome: Outcome): StopReason {
  return outcome.refusal === undefined ? STOP_REASONS[finishOf(outcome)] : "refusal";
}

/** Anthropic's `input_tokens` are those not read from the cache. */
function toUsage(outcome: Outcome): Usage {
  const { input, output, cached, reasoning } = usageOf(outcome);
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    cache_creation: null,
    inference_geo: null,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    server_tool_use: null,
    service_tier: "standard",
    speed: null,
  };
}

function toError(status: number): { type: "error"; error: { type: string; message: string }; request_id: string } {
  const type = ERROR_TYPES[status] ?? "api_error";
  return { type: "error", error: { type, message: `The fixture answers ${status}.` }, request_id: "req_fixture" };
}
