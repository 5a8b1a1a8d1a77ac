import { join } from "node:path";
import { embed } from "../../samples/local-openai/embeddings";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const JOKE = "My friend says opentelemetry is easy. I asked for the trace of that thought, and it was never sampled.";
const PIRATE_JOKE =
  "Arrr! Me matey says opentelemetry be easy. I asked for th' trace o' that thought, an' she were ne'er sampled.";
const SIGNATURE = "\n\n-- Cap'n Opentelemetry of the good ship Thought";
const REACTIONS = "hahahahaha *clap* *clap* *clap*";

describe("samples/pirate-joke", () => {
  let sample: SampleRun;
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("pirate-joke");
    spans = readTraceFile(join(sample.out, "traces.jsonl"));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const all = (read: (span: FileSpan) => unknown) => Object.fromEntries(spans.map((span) => [span.name, read(span)]));

  it("prints the joke, the reactions and where the trace is, and nothing on stderr", () => {
    expect(sample.stdout).toBe(
      `${PIRATE_JOKE}${SIGNATURE}\n\n${REACTIONS}\n\nTold by local-rules-1, offline (rules, not a language model). ` +
        `The trace is in ${join(sample.out, "traces.jsonl")}\n`,
    );
    expect(sample.stderr).toBe("");
  });

  it("writes one trace: two workflows in a third, and their tasks", () => {
    expect(drawTrees(spans)).toEqual([
      "workflow joke_and_audience_reaction",
      "  workflow pirate_joke_generator",
      "    task joke_creation",
      "      task store_joke",
      "    task pirate_joke_translation",
      "    task signature_generation",
      "  workflow audience_reaction",
      "    task audience_laughs",
      "    task audience_applaud",
      "      task audience_claps",
      "  task logging_joke",
    ]);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(new Set(spans.map(({ kind }) => kind))).toEqual(new Set([1]));
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
      logging_joke: "JokeWorkshop.loggingJoke",
    });
  });

  it("spans the whole of an asynchronous method: the slow database is in the span of logging_joke", () => {
    const { startNanos, endNanos } = theSpan(spans, "logging_joke");
    // A timer of Node may fire up to a millisecond early.
    expect(Number(endNanos - startNanos)).toBeGreaterThan(199e6);
  });
});
