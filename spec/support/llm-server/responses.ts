import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
  ResponseUsage,
} from "openai/resources/responses/responses";
import {
  type Asked,
  CREATED,
  type Frame,
  type LlmApi,
  namedFrame,
  type Phase,
  servedModel,
  toOpenAIError,
} from "./api.js";
import { finishOf, interleave, type Outcome, usageOf } from "./outcome.js";

type Unnumbered<Event> = Event extends unknown ? Omit<Event, "sequence_number"> : never;
type Step = readonly [Phase, Unnumbered<ResponseStreamEvent>];
/** `output_text` is added by the client; the API does not send it. */
type Body = Omit<Response, "output_text">;

/** `POST …/responses`: the output is a reasoning item, a message and function calls, as far as there are any. */
export const responses: LlmApi = {
  name: "responses",
  path: "/responses",
  requestIdHeader: "x-request-id",
  toErrorBody: toOpenAIError,
  toBody: (outcome, asked) => toResponse(outcome, asked, "over"),

  toFrames(outcome, asked) {
    const started = toResponse(outcome, asked, "running");
    const over = toResponse(outcome, asked, "over");
    const steps: Step[] = [
      ["open", { type: "response.created", response: sent(started) }],
      ["open", { type: "response.in_progress", response: sent(started) }],
      ...over.output.flatMap((item, index) => (item.type === "function_call" ? [] : itemSteps(item, index, outcome))),
      ...callSteps(over.output, outcome),
      [
        "finish",
        over.status === "incomplete"
          ? { type: "response.incomplete", response: sent(over) }
          : { type: "response.completed", response: sent(over) },
      ],
    ];
    return steps.map(([phase, event], sequence_number): Frame => namedFrame(phase, { ...event, sequence_number }));
  },

  toErrorFrame(fault, asked) {
    const { error } = toOpenAIError(500);
    const message = String(error["message"]);
    const sequence_number = 99;
    if (fault === "error-event") {
      return namedFrame("delta", { type: "error", code: "server_error", message, param: null, sequence_number });
    }
    const response = {
      ...toResponse({}, asked, "running"),
      status: "failed",
      error: { code: "server_error", message },
    };
    return namedFrame("delta", { type: "response.failed", response, sequence_number });
  },
};

/** The events' type has the property that only the client adds. */
function sent(body: Body): Response {
  return body as Response;
}

function toResponse(outcome: Outcome, asked: Asked, state: "running" | "over"): Body {
  const finish = finishOf(outcome);
  const isOver = state === "over";
  const isIncomplete = isOver && (finish === "length" || finish === "content_filter");
  const reason = finish === "length" ? "max_output_tokens" : "content_filter";
  return {
    id: `resp_${asked.number}`,
    object: "response",
    created_at: CREATED,
    status: isIncomplete ? "incomplete" : isOver ? "completed" : "in_progress",
    access_programs: null,
    error: null,
    incomplete_details: isIncomplete ? { reason } : null,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    model: servedModel(asked),
    output: isOver ? toItems(outcome, isIncomplete) : [],
    parallel_tool_calls: true,
    service_tier: "default",
    temperature: 1,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    ...(isOver ? { usage: toUsage(outcome) } : {}),
  };
}

function toItems(outcome: Outcome, isIncomplete: boolean): ResponseOutputItem[] {
  const { text, refusal, reasoning, toolCalls = [] } = outcome;
  const status = isIncomplete ? "incomplete" : "completed";
  const thought: ResponseReasoningItem[] =
    reasoning === undefined
      ? []
      : [{ id: "rs_0", type: "reasoning", summary: [{ type: "summary_text", text: reasoning.join("") }] }];
  const content: ResponseOutputMessage["content"] = [];
  if (text !== undefined) content.push({ type: "output_text", text: text.join(""), annotations: [], logprobs: [] });
  if (refusal !== undefined) content.push({ type: "refusal", refusal: refusal.join("") });
  return [
    ...thought,
    ...(content.length === 0 ? [] : [{ id: "msg_0", type: "message", role: "assistant", status, content } as const]),
    ...toolCalls.map(({ name, fragments }, index): ResponseFunctionToolCall => {
      const call_id = `call_${index}`;
      return { id: `fc_${index}`, type: "function_call", call_id, name, arguments: fragments.join(""), status };
    }),
  ];
}

function itemSteps(item: ResponseOutputItem, output_index: number, outcome: Outcome): Step[] {
  if (item.type === "reasoning") {
    const at = { item_id: item.id, output_index, summary_index: 0 };
    const [part = { type: "summary_text", text: "" }] = item.summary;
    return [
      ["open", { type: "response.output_item.added", output_index, item: { ...item, summary: [] } }],
      ["open", { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } }],
      ...(outcome.reasoning ?? []).map((delta): Step => [
        "delta",
        { type: "response.reasoning_summary_text.delta", ...at, delta },
      ]),
      ["delta", { type: "response.reasoning_summary_text.done", ...at, text: part.text }],
      ["delta", { type: "response.reasoning_summary_part.done", ...at, part }],
      ["delta", { type: "response.output_item.done", output_index, item }],
    ];
  }
  if (item.type !== "message") return [];
  return [
    [
      "open",
      { type: "response.output_item.added", output_index, item: { ...item, status: "in_progress", content: [] } },
    ],
    ...item.content.flatMap((part, content_index) => partSteps(part, item.id, output_index, content_index, outcome)),
    ["close", { type: "response.output_item.done", output_index, item }],
  ];
}

function partSteps(
  part: ResponseOutputMessage["content"][number],
  item_id: string,
  output_index: number,
  content_index: number,
  outcome: Outcome,
): Step[] {
  const at = { item_id, output_index, content_index };
  if (part.type === "refusal") {
    return [
      ["open", { type: "response.content_part.added", ...at, part: { ...part, refusal: "" } }],
      ...(outcome.refusal ?? []).map((delta): Step => ["delta", { type: "response.refusal.delta", ...at, delta }]),
      ["close", { type: "response.refusal.done", ...at, refusal: part.refusal }],
      ["close", { type: "response.content_part.done", ...at, part }],
    ];
  }
  return [
    ["open", { type: "response.content_part.added", ...at, part: { ...part, text: "" } }],
    ...(outcome.text ?? []).map((delta): Step => [
      "delta",
      { type: "response.output_text.delta", ...at, delta, logprobs: [] },
    ]),
    ["close", { type: "response.output_text.done", ...at, text: part.text, logprobs: [] }],
    ["close", { type: "response.content_part.done", ...at, part }],
  ];
}

/** The calls side by side: all are added first, then their arguments come in turn. */
function callSteps(output: readonly ResponseOutputItem[], outcome: Outcome): Step[] {
  const calls = output.flatMap((item, output_index) =>
    item.type === "function_call" ? [{ item, output_index, item_id: item.id ?? "" }] : [],
  );
  const fragments = (outcome.toolCalls ?? []).map((call) => call.fragments);
  return [
    ...calls.map(({ item, output_index }): Step => {
      const added = { ...item, arguments: "", status: "in_progress" } as const;
      return ["open", { type: "response.output_item.added", output_index, item: added }];
    }),
    ...interleave(fragments).flatMap(({ index, piece: delta }): Step[] => {
      const call = calls[index];
      if (call === undefined) return [];
      const { item_id, output_index } = call;
      return [["delta", { type: "response.function_call_arguments.delta", item_id, output_index, delta }]];
    }),
    ...calls.flatMap(({ item, output_index, item_id }): Step[] => [
      ["close", { type: "response.function_call_arguments.done", item_id, output_index, arguments: item.arguments }],
      ["close", { type: "response.output_item.done", output_index, item }],
    ]),
  ];
}

function toUsage(outcome: Outcome): ResponseUsage {
  const { input, output, cached, reasoning } = usageOf(outcome);
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}
