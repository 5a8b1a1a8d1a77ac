import { LLMock } from "@copilotkit/aimock";
import { finishOf, type Outcome, usageOf } from "./llm-server/outcome.js";
import { type Scenario, SCENARIOS } from "./llm-server/scenarios.js";

/** The scenarios that aimock serves as the providers do; it has no refusals, no parts of the usage, no half-closed streams. */
export const MOCKED = ["text", "json", "tools", "length"] as const satisfies readonly Scenario[];

export interface LlmMock {
  /** The `baseURL` of an OpenAI client, with `/v1`; Anthropic's client takes `origin`. */
  readonly url: string;
  readonly origin: string;
  /** For fixtures of a test's own, and aimock's journal of requests. */
  readonly mock: LLMock;
  close(): Promise<void>;
}

/**
 * This starts aimock, a mock made by others, with the successful scenarios of `startLlmServer` under the same model names.
 * What a spec sees on both servers does not hang on one author's idea of the protocol.
 */
export async function startLlmMock(): Promise<LlmMock> {
  const mock = new LLMock({ logLevel: "silent" });
  // The first fixture that fits answers, and a model's name fits any endpoint.
  mock.onEmbedding(/./, { embedding: [0.5, 0.25, 0.125, 0.0625] });
  for (const name of MOCKED) {
    const [outcome] = SCENARIOS[name];
    mock.on({ model: new RegExp(`^${name}(@|$)`) }, toFixture(outcome));
  }
  const origin = await mock.start();
  return { url: `${origin}/v1`, origin, mock, close: () => mock.stop() };
}

function toFixture(outcome: Outcome): Parameters<LLMock["on"]>[1] {
  const { input, output } = usageOf(outcome);
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    input_tokens: input,
    output_tokens: output,
  };
  const common = { usage, finishReason: finishOf(outcome) };
  if (outcome.toolCalls === undefined) return { content: (outcome.text ?? []).join(""), ...common };
  const toolCalls = outcome.toolCalls.map(({ name, fragments }, index) => ({
    id: `call_${index}`,
    name,
    arguments: fragments.join(""),
  }));
  return { toolCalls, ...common };
}
