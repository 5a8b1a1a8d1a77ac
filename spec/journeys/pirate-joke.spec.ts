import { join } from "node:path";
import { embed } from "../../samples/local-openai/embeddings";
import { runSample, type SampleRun } from "./run-sample";
import {
  drawTrees,
  inputOf,
  messagesOf,
  modelCallsIn,
  outputOf,
  readTraceFile,
  theSpan,
  type FileSpan,
} from "./trace-file";

const JOKE = "My friend says opentelemetry is easy. I asked for the trace of that thought, and it was never sampled.";
const PIRATE_JOKE =
  "Arrr! Me matey says opentelemetry be easy. I asked for th' trace o' that thought, an' she were ne'er sampled.";
const SIGNATURE = "\n\n-- Cap'n Opentelemetry of the good ship Thought";
const REACTIONS = "hahahahaha *clap* *clap* *clap*";
const COMMENTS = `It is the end that does it: "an' she were ne'er sampled". And all in 20 words; tell it again.`;

describe("samples/pirate-joke", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("pirate-joke");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const isDecorated = ({ attributes }: FileSpan) => attributes["traceloop.span.kind"] !== undefined;
  const all = (read: (span: FileSpan) => unknown) =>
    Object.fromEntries(spans.filter(isDecorated).map((span) => [span.name, read(span)]));
  const nameOfParent = ({ parentSpanId }: FileSpan) => spans.find(({ spanId }) => spanId === parentSpanId)?.name;

  it("prints the joke, the reactions, the trace and where it is, and nothing on stderr", () => {
    const lines = sample.stdout
      .split("\n")
      .map((line) => line.replace(/ +[\d.]+ (?:µs|ms|s) +[━╸]+ */, "  ").trimEnd());
    expect(lines).toEqual([
      ...`${PIRATE_JOKE}${SIGNATURE}\n\n${REACTIONS}\n`.split("\n"),
      "workflow joke_and_audience_reaction",
      "├─ workflow pirate_joke_generator",
      "│  ├─ task joke_creation",
      "│  │  ├─ llm chat local-rules-1  12 in / 22 out tokens",
      "│  │  └─ task store_joke",
      expect.stringMatching(/^│ {2}│ {5}└─ llm embeddings local-vectors-1 {2}22 in/),
      "│  ├─ task pirate_joke_translation",
      "│  │  └─ llm chat local-rules-1  36 in / 29 out tokens",
      "│  └─ task signature_generation",
      "│     └─ llm chat local-rules-1  43 in / 11 out tokens",
      "├─ workflow audience_reaction",
      "│  ├─ task audience_laughs",
      "│  │  └─ llm chat local-rules-1  55 in / 1 out tokens",
      "│  └─ task audience_applaud",
      "│     ├─ task audience_claps",
      "│     │  └─ llm chat local-rules-1  8 in / 3 out tokens",
      "│     └─ llm chat local-rules-1  17 in / 9 out tokens",
      "├─ workflow audience_interaction",
      "│  ├─ task ask_for_comments",
      "│  │  └─ llm chat local-rules-1  54 in / 28 out tokens",
      "│  └─ task read_joke_comments",
      "└─ task logging_joke",
      "",
      "Told by local-rules-1, offline (rules, not a language model), commented by local-rules-1.",
      `Trace: ${join(sample.out, "traces.jsonl")}`,
      "",
    ]);
    expect(sample.stderr).toBe("");
  });

  it("writes one trace: three workflows in a fourth, their tasks, and the calls of both clients", () => {
    expect(drawTrees(spans)).toEqual([
      "workflow joke_and_audience_reaction",
      "  workflow pirate_joke_generator",
      "    task joke_creation",
      "      llm chat local-rules-1",
      "      task store_joke",
      "        llm embeddings local-vectors-1",
      "    task pirate_joke_translation",
      "      llm chat local-rules-1",
      "    task signature_generation",
      "      llm chat local-rules-1",
      "  workflow audience_reaction",
      "    task audience_laughs",
      "      llm chat local-rules-1",
      "    task audience_applaud",
      "      task audience_claps",
      "        llm chat local-rules-1",
      "      llm chat local-rules-1",
      "  workflow audience_interaction",
      "    task ask_for_comments",
      "      llm chat local-rules-1",
      "    task read_joke_comments",
      "  task logging_joke",
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(all(({ kind }) => kind)).toEqual(all(() => 1));
    expect(modelCallsIn(spans).map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 3));
    expect(new Set(spans.map(({ serviceName }) => serviceName))).toEqual(new Set(["pirate-joke"]));
  });

  it("records the arguments of every method by name, and no input where there are none", () => {
    const joke = PIRATE_JOKE + SIGNATURE;
    expect(all(inputOf)).toStrictEqual({
      joke_and_audience_reaction: undefined,
      pirate_joke_generator: undefined,
      joke_creation: undefined,
      store_joke: { joke: JOKE },
      pirate_joke_translation: { joke: JOKE },
      signature_generation: { joke: PIRATE_JOKE },
      audience_reaction: { joke },
      audience_laughs: { joke },
      audience_applaud: undefined,
      audience_claps: undefined,
      audience_interaction: { joke },
      ask_for_comments: { joke },
      read_joke_comments: { comments: COMMENTS },
      logging_joke: { joke, reactions: REACTIONS },
    });
  });

  it("records what every method gave back", () => {
    expect(all(outputOf)).toStrictEqual({
      joke_and_audience_reaction: undefined,
      pirate_joke_generator: PIRATE_JOKE + SIGNATURE,
      joke_creation: JOKE,
      store_joke: embed(JOKE),
      pirate_joke_translation: PIRATE_JOKE,
      signature_generation: SIGNATURE,
      audience_reaction: REACTIONS,
      audience_laughs: "hahahahaha",
      audience_applaud: "*clap* *clap* *clap*",
      audience_claps: "*clap*",
      audience_interaction: undefined,
      ask_for_comments: COMMENTS,
      read_joke_comments: `Here is the comment from the audience: ${COMMENTS}`,
      logging_joke: undefined,
    });
  });

  it("says of every span which workflow it is of, and its path of tasks", () => {
    expect(
      all(({ attributes }) => [attributes["traceloop.workflow.name"], attributes["traceloop.entity.path"]]),
    ).toEqual({
      joke_and_audience_reaction: ["joke_and_audience_reaction", ""],
      pirate_joke_generator: ["pirate_joke_generator", ""],
      joke_creation: ["pirate_joke_generator", "joke_creation"],
      store_joke: ["pirate_joke_generator", "joke_creation.store_joke"],
      pirate_joke_translation: ["pirate_joke_generator", "pirate_joke_translation"],
      signature_generation: ["pirate_joke_generator", "signature_generation"],
      audience_reaction: ["audience_reaction", ""],
      audience_laughs: ["audience_reaction", "audience_laughs"],
      audience_applaud: ["audience_reaction", "audience_applaud"],
      audience_claps: ["audience_reaction", "audience_applaud.audience_claps"],
      audience_interaction: ["audience_interaction", ""],
      ask_for_comments: ["audience_interaction", "ask_for_comments"],
      read_joke_comments: ["audience_interaction", "read_joke_comments"],
      logging_joke: ["joke_and_audience_reaction", "logging_joke"],
    });
  });

  it("names the method behind every span, which the span's name does not", () => {
    expect(all(({ attributes }) => attributes["code.function.name"])).toEqual({
      joke_and_audience_reaction: "JokeWorkshop.jokeAndAudienceReaction",
      pirate_joke_generator: "JokeWorkshop.jokeWorkflow",
      joke_creation: "JokeWorkshop.createJoke",
      store_joke: "JokeWorkshop.storeJoke",
      pirate_joke_translation: "JokeWorkshop.translateJokeToPirate",
      signature_generation: "JokeWorkshop.generateSignature",
      audience_reaction: "JokeWorkshop.audienceReaction",
      audience_laughs: "JokeWorkshop.audienceLaughs",
      audience_applaud: "JokeWorkshop.audienceApplaud",
      audience_claps: "JokeWorkshop.audienceClaps",
      audience_interaction: "JokeWorkshop.audienceInteraction",
      ask_for_comments: "JokeWorkshop.askForComments",
      read_joke_comments: "JokeWorkshop.readJokeComments",
      logging_joke: "JokeWorkshop.loggingJoke",
    });
  });

  it("records of every call whose API it was, how it ended and what it cost", () => {
    const calls = modelCallsIn(spans).map((span) => {
      const { attributes } = span;
      return [
        nameOfParent(span),
        attributes["gen_ai.provider.name"],
        attributes["gen_ai.response.finish_reasons"],
        attributes["gen_ai.usage.input_tokens"],
        attributes["gen_ai.usage.output_tokens"],
      ];
    });
    expect(calls).toEqual([
      ["joke_creation", "openai", ["stop"], 12, 22],
      ["store_joke", "openai", undefined, 22, undefined],
      ["pirate_joke_translation", "openai", ["stop"], 36, 29],
      ["signature_generation", "openai", ["stop"], 43, 11],
      ["audience_laughs", "openai", ["stop"], 55, 1],
      ["audience_claps", "openai", ["stop"], 8, 3],
      ["audience_applaud", "openai", ["stop"], 17, 9],
      ["ask_for_comments", "anthropic", ["end_turn"], 54, 28],
    ]);
  });

  it("records the call of the first task with all that was asked for and answered", () => {
    const [call] = modelCallsIn(spans);
    expect(messagesOf(call!)).toEqual({
      input: [{ role: "user", parts: [{ type: "text", content: "Tell me a joke about opentelemetry" }] }],
      output: [{ role: "assistant", parts: [{ type: "text", content: JOKE }], finish_reason: "stop" }],
    });
    expect(call?.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "openai.api.type": "chat_completions",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "http.response.status_code": 200,
      "traceloop.workflow.name": "pirate_joke_generator",
      "traceloop.entity.path": "joke_creation",
      "gen_ai.request.model": "local-rules-1",
      "gen_ai.request.temperature": 0.5,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.request.frequency_penalty": 0.5,
      "gen_ai.request.presence_penalty": 0.5,
      "gen_ai.request.stop_sequences": ["\n"],
      "gen_ai.input.messages": expect.any(String),
      "gen_ai.output.messages": expect.any(String),
      "gen_ai.response.id": "chatcmpl-local-1",
      "gen_ai.response.model": "local-rules-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 12,
      "gen_ai.usage.output_tokens": 22,
    });
  });

  it("records the call of the embeddings without the vector", () => {
    expect(theSpan(spans, "embeddings local-vectors-1").attributes).toMatchObject({
      "gen_ai.operation.name": "embeddings",
      "gen_ai.request.model": "local-vectors-1",
      "gen_ai.response.model": "local-vectors-1",
      "gen_ai.embeddings.dimension.count": 16,
    });
    expect(messagesOf(theSpan(spans, "embeddings local-vectors-1")).output).toBeUndefined();
  });

  it("records the call of the other provider as its own protocol has it", () => {
    const call = modelCallsIn(spans).at(-1);
    const content = `What do you think about this joke: ${PIRATE_JOKE}${SIGNATURE}`;
    expect(messagesOf(call!)).toEqual({
      input: [{ role: "user", parts: [{ type: "text", content }] }],
      output: [{ role: "assistant", parts: [{ type: "text", content: COMMENTS }], finish_reason: "end_turn" }],
    });
    expect(call?.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "http.response.status_code": 200,
      "traceloop.workflow.name": "audience_interaction",
      "traceloop.entity.path": "ask_for_comments",
      "gen_ai.request.model": "local-rules-1",
      "gen_ai.request.max_tokens": 100,
      "gen_ai.input.messages": expect.any(String),
      "gen_ai.output.messages": expect.any(String),
      "gen_ai.response.id": "msg_local_1",
      "gen_ai.response.model": "local-rules-1",
      "gen_ai.response.finish_reasons": ["end_turn"],
      "gen_ai.usage.input_tokens": 54,
      "gen_ai.usage.output_tokens": 28,
    });
  });

  it("spans the whole of an asynchronous method: the slow database is in the span of logging_joke", () => {
    const { startNanos, endNanos } = theSpan(spans, "logging_joke");
    // A timer of Node may fire up to a millisecond early.
    expect(Number(endNanos - startNanos)).toBeGreaterThan(199e6);
  });
});
