import type { ChatCompletion, ChatCompletionChunk } from "openai/resources/chat/completions";
import type { CompletionUsage } from "openai/resources/completions";
import { CREATED, dataFrame, type Frame, type LlmApi, type Phase, servedModel, toOpenAIError } from "./api.js";
import { finishOf, interleave, type Outcome, usageOf } from "./outcome.js";

/** `reasoning_content` is not OpenAI's, but what DeepSeek, vLLM and others send. */
type Delta = ChatCompletionChunk.Choice.Delta & { reasoning_content?: string };
type Message = ChatCompletion.Choice["message"] & { reasoning_content?: string };

/** Deprecated, and still sent with every answer. */
const FINGERPRINT = { system_fingerprint: "fp_fixture" };

/** `POST …/chat/completions`. */
export const chatCompletions: LlmApi = {
  name: "chat",
  path: "/chat/completions",
  requestIdHeader: "x-request-id",
  toErrorBody: toOpenAIError,
  toErrorFrame: () => dataFrame("delta", toOpenAIError(500)),

  toBody(outcome, asked) {
    return {
      id: `chatcmpl-${asked.number}`,
      object: "chat.completion",
      created: CREATED,
      model: servedModel(asked),
      choices: [
        { index: 0, message: toMessage(outcome), logprobs: null, finish_reason: finishOf(outcome) },
        ...(outcome.alternatives ?? []).map(({ text, finish }, at) => ({
          index: at + 1,
          message: toMessage({ text }),
          logprobs: null,
          finish_reason: finish,
        })),
      ],
      usage: toUsage(outcome),
      service_tier: "default",
      ...FINGERPRINT,
    } satisfies ChatCompletion;
  },

  toFrames(outcome, asked) {
    const withUsage = (asked.body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
    const frame = (phase: Phase, choices: ChatCompletionChunk.Choice[], usage: CompletionUsage | null = null): Frame =>
      dataFrame(phase, {
        id: `chatcmpl-${asked.number}`,
        object: "chat.completion.chunk",
        created: CREATED,
        model: servedModel(asked),
        service_tier: "default",
        ...FINGERPRINT,
        choices,
        ...(withUsage ? { usage } : {}),
        obfuscation: "x7Qk",
      } satisfies ChatCompletionChunk);
    const choiceFrame = (phase: Phase, index: number, delta: Delta): Frame =>
      frame(phase, [{ index, delta, logprobs: null, finish_reason: null }]);

    const opening: Delta = { role: "assistant", content: outcome.text === undefined ? null : "", refusal: null };
    const alternatives = outcome.alternatives ?? [];
    const finishes = [finishOf(outcome), ...alternatives.map((one) => one.finish)];
    const texts = interleave([outcome.text ?? [], ...alternatives.map((one) => one.text)]);
    const calls = outcome.toolCalls ?? [];
    return [
      ...finishes.map((_, index) => choiceFrame("open", index, opening)),
      ...(outcome.reasoning ?? []).map((piece) => choiceFrame("delta", 0, { reasoning_content: piece })),
      ...(outcome.refusal ?? []).map((piece) => choiceFrame("delta", 0, { refusal: piece })),
      ...texts.map(({ index, piece }) => choiceFrame("delta", index, { content: piece })),
      ...calls.map(({ name }, index) =>
        choiceFrame("delta", 0, {
          tool_calls: [{ index, id: `call_${index}`, type: "function", function: { name, arguments: "" } }],
        }),
      ),
      ...interleave(calls.map((call) => call.fragments)).map(({ index, piece }) =>
        choiceFrame("delta", 0, { tool_calls: [{ index, function: { arguments: piece } }] }),
      ),
      ...finishes.map((finish_reason, index) => frame("finish", [{ index, delta: {}, logprobs: null, finish_reason }])),
      ...(withUsage ? [frame("finish", [], toUsage(outcome))] : []),
      { phase: "done", text: "data: [DONE]\n\n" },
    ];
  },
};

function toMessage(outcome: Outcome): Message {
  const { reasoning, toolCalls } = outcome;
  return {
    role: "assistant",
    content: outcome.text?.join("") ?? null,
    refusal: outcome.refusal?.join("") ?? null,
    annotations: [],
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning.join("") }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map(({ name, fragments }, index) => ({
            id: `call_${index}`,
            type: "function",
            function: { name, arguments: fragments.join("") },
          })),
        }),
  };
}

function toUsage(outcome: Outcome): CompletionUsage {
  const { input, output, cached, reasoning } = usageOf(outcome);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
