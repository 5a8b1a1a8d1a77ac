import { type InstrumentName, instrumentNames, instrumentOf } from "../../lib/instruments/instrument-names.js";
import { selectInstruments } from "../../lib/instruments/select-instruments.js";

const select = (options: Record<string, unknown> = {}): ReturnType<typeof selectInstruments> =>
  selectInstruments(options);
const isAlias = (name: InstrumentName): boolean => instrumentOf(name).sameAs !== undefined;

/** Names that the public contract and the Python documentation promise. */
const PROMISED =
  "openai anthropic azure-openai cohere mistral ollama groq together replicate transformers bedrock sagemaker vertexai " +
  "google-generativeai watsonx alephalpha pinecone qdrant chroma milvus weaviate lancedb marqo langchain llama-index " +
  "haystack crewai mcp redis http undici mysql pg context " +
  "google_generativeai llama_index crew requests urllib3 pymysql threading";

describe("the names of instruments", () => {
  it("contain every one that is promised", () => {
    const names: readonly string[] = instrumentNames();
    expect(PROMISED.split(" ").filter((name) => !names.includes(name))).toEqual([]);
  });

  it("stand for names of the table where they are aliases", () => {
    const targets = instrumentNames().flatMap((name) => instrumentOf(name).sameAs ?? []);
    expect(targets.filter((target) => !instrumentNames().some((name) => name === target && !isAlias(name)))).toEqual(
      [],
    );
  });

  it("have each package once", () => {
    const packages = instrumentNames().flatMap((name) => instrumentOf(name).packages ?? []);
    expect(packages.filter((name, at) => packages.indexOf(name) !== at)).toEqual([]);
  });
});

describe("the selection", () => {
  it("is everything where nothing is said, each once", () => {
    expect(select()).toEqual({
      names: instrumentNames().filter((name) => name !== "context" && !isAlias(name)),
      blocked: [],
      aliases: [],
      isContextEnabled: true,
    });
  });

  it.each<[string, Record<string, unknown>, Partial<ReturnType<typeof select>>]>([
    ["nothing of an empty list", { instruments: [] }, {}],
    [
      "only what is listed, in the order of the table",
      { instruments: ["pg", "openai", "pg"] },
      { names: ["openai", "pg"] },
    ],
    [
      "a list less what is blocked",
      { instruments: ["openai", "pg"], blockInstruments: ["pg", "http"] },
      { names: ["openai"], blocked: ["pg"] },
    ],
    ["nothing without auto-instrumentation", { isAutoInstrument: false }, {}],
    ["nothing without auto-instrumentation, listed or not", { isAutoInstrument: false, instruments: ["pg"] }, {}],
    ["what is listed with auto-instrumentation", { isAutoInstrument: true, instruments: ["pg"] }, { names: ["pg"] }],
    ["context by itself", { instruments: ["context"] }, {}],
    ["no context where it is blocked", { instruments: [], blockInstruments: ["context"] }, { isContextEnabled: false }],
    [
      "no context where it is blocked, listed or not",
      { instruments: ["context"], blockInstruments: ["context"] },
      { isContextEnabled: false },
    ],
    ["what an alias stands for", { instruments: ["requests"] }, { names: ["http", "undici"], aliases: ["requests"] }],
    [
      "nothing of what a blocked alias stands for",
      { instruments: ["openai", "pg"], blockInstruments: ["azure-openai"] },
      { names: ["pg"], blocked: ["openai"], aliases: ["azure-openai"] },
    ],
    [
      "no context where threading is blocked",
      { instruments: [], blockInstruments: ["threading"] },
      { isContextEnabled: false, aliases: ["threading"] },
    ],
  ])("is %s", (_what, options, expected) => {
    expect(select(options)).toEqual({ names: [], blocked: [], aliases: [], isContextEnabled: true, ...expected });
  });

  it("is everything else where something is blocked", () => {
    const everything = select().names;
    const { names, blocked } = select({ blockInstruments: ["undici", "http"] });
    expect(blocked).toEqual(["http", "undici"]);
    expect(names).toEqual(everything.filter((name) => name !== "http" && name !== "undici"));
  });
});

describe("a name that does not exist", () => {
  it.each([
    ["opnai", '"openai"'],
    ["OPENAI", '"openai"'],
    ["llamaindex", '"llama-index" or "llama_index"'],
    ["google", '"google-generativeai" or "google_generativeai"'],
    ["postgres", "one of context, openai"],
    ["p", '"pg"'],
    ["", "one of context, openai"],
    ["toString", "one of context, openai"],
  ])("%p throws and points to %s", (name, hint) => {
    for (const option of ["instruments", "blockInstruments"]) {
      expect(() => select({ [option]: ["pg", name] })).toThrow(
        expect.objectContaining({
          code: "SPANDREL_INVALID_OPTION",
          option: `${option}[1]`,
          message: expect.stringContaining(hint),
        }),
      );
    }
  });

  it("is described whole", () => {
    expect(() => select({ instruments: ["opnai"] })).toThrow(
      'SPANDREL_INVALID_OPTION: expected instruments[0] to be the name of an instrument (did you mean "openai"?), ' +
        'got "opnai" (string)',
    );
  });

  it.each([["openai"], [{ openai: true }], [null], [new Set(["openai"])]])("is no list of names: %p", (value) => {
    for (const option of ["instruments", "blockInstruments"]) {
      expect(() => select({ [option]: value })).toThrow(`expected ${option} to be an array of instrument names, got `);
    }
  });

  it.each([[7], [undefined], [null], [["openai"]]])("may be no text at all: %p", (value) => {
    expect(() => select({ instruments: [value] })).toThrow("expected instruments[0] to be one of context, openai");
  });
});
