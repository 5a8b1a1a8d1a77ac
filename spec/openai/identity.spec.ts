import { AzureOpenAI as Azure7 } from "openai";
import { AzureOpenAI as Azure6 } from "openai-6";
import { inspect } from "node:util";
import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { useTraces, withAttributes } from "../support/traces.js";
import { MESSAGES } from "./twins.js";

const traces = useTraces();
const provider = withAttributes("gen_ai.provider.name", "server.address");
const say = { model: "text", messages: MESSAGES };

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

const names = (): string[] => traces.current.spans.map(({ name }) => name);

describe.each(OPENAI_MAJORS)("%s: a traced client", (_major, OpenAI) => {
  it("is the same client, however often it is traced", async () => {
    const client = openAIOf(server, OpenAI);
    expect(traceOpenAI(client)).toBe(client);
    const { create } = client.chat.completions;
    expect(traceOpenAI(traceOpenAI(client))).toBe(client);
    expect(client.chat.completions.create).toBe(create);
    await client.chat.completions.create(say);
    expect(names()).toEqual(["chat text"]);
  });

  it("shows nothing that a plain client does not show", () => {
    const [plain, traced] = [openAIOf(server, OpenAI), traceOpenAI(openAIOf(server, OpenAI))];
    const parts = (client: typeof plain): object[] => [
      client,
      client.chat,
      client.chat.completions,
      client.responses,
      client.embeddings,
    ];
    parts(plain).forEach((part, at) => {
      const other = parts(traced)[at]!;
      expect(Object.keys(other)).toEqual(Object.keys(part));
      expect(Object.getPrototypeOf(other)).toBe(Object.getPrototypeOf(part));
      const shown: string[] = [];
      for (const key in other) shown.push(key);
      expect(shown).toEqual(Object.keys(part));
    });
    expect(inspect(traced, { depth: 4 })).toBe(inspect(plain, { depth: 4 }));
    expect(traced).toEqual(plain);
    expect(traced).toStrictEqual(plain);
    expect(traced).toBeInstanceOf(OpenAI);
    expect(traced.chat.completions).toBeInstanceOf(plain.chat.completions.constructor);
    const cloned = (client: typeof plain): unknown => {
      try {
        return structuredClone(client);
      } catch (error) {
        return String(error);
      }
    };
    expect(cloned(traced)).toEqual(cloned(plain));
  });

  it("has methods that look as they did", () => {
    const [plain, traced] = [openAIOf(server, OpenAI), traceOpenAI(openAIOf(server, OpenAI))];
    const methods = (client: typeof plain): ((...args: never[]) => unknown)[] => [
      client.chat.completions.create,
      client.responses.create,
      client.embeddings.create,
      client.withOptions,
    ];
    methods(plain).forEach((method, at) => {
      const other = methods(traced)[at]!;
      expect([other.name, other.length]).toEqual([method.name, method.length]);
      expect(Object.hasOwn(other, "prototype")).toBe(false);
      expect(Reflect.ownKeys(other)).toEqual(Reflect.ownKeys(method));
      expect(() => Reflect.construct(other, [])).toThrow(TypeError);
    });
  });

  it("leaves the class as it was", async () => {
    const other = openAIOf(server, OpenAI);
    const { create } = Object.getPrototypeOf(other.chat.completions) as typeof other.chat.completions;
    traceOpenAI(openAIOf(server, OpenAI));
    expect(other.chat.completions.create).toBe(create);
    await other.chat.completions.create(say);
    expect(names()).toEqual([]);
  });

  it("passes on what it makes by withOptions, traced, and made of its options", async () => {
    const client = traceOpenAI(openAIOf(server, OpenAI));
    const derived = client.withOptions({ maxRetries: 7 }).withOptions({ timeout: 1234 });
    expect([derived.maxRetries, derived.timeout]).toEqual([7, 1234]);
    expect(derived).toBeInstanceOf(OpenAI);
    await derived.chat.completions.create(say);
    await client.chat.completions.create({ ...say, model: "json" });
    expect(names()).toEqual(["chat text", "chat json"]);
  });

  it("gives what a withOptions of the user's gives, even where that is no client", () => {
    class Odd extends OpenAI {
      override withOptions(): never {
        return { odd: true } as never;
      }
    }
    const client = traceOpenAI(new Odd({ apiKey: "none", baseURL: server.url }));
    expect(client.withOptions()).toEqual({ odd: true });
  });

  it("works untraced where its resources are frozen", async () => {
    const client = openAIOf(server, OpenAI);
    Object.freeze(client.chat.completions);
    traceOpenAI(client);
    await client.chat.completions.create(say);
    await client.embeddings.create({ model: "text", input: "a" });
    expect(names()).toEqual(["embeddings text"]);
  });

  it("works where it is frozen itself", async () => {
    const client = traceOpenAI(Object.freeze(openAIOf(server, OpenAI)));
    await client.chat.completions.create(say);
    expect(names()).toEqual(["chat text"]);
  });

  it("does not mix with another", async () => {
    const other = await startLlmServer();
    const [one, two] = [traceOpenAI(openAIOf(server, OpenAI)), traceOpenAI(openAIOf(other, OpenAI))];
    await Promise.all([one.chat.completions.create(say), two.chat.completions.create({ ...say, model: "json" })]);
    const ports = Object.fromEntries(traces.current.spans.map((span) => [span.name, span.attributes["server.port"]]));
    expect(ports).toEqual({
      "chat text": Number(new URL(server.url).port),
      "chat json": Number(new URL(other.url).port),
    });
    await other.close();
  });

  it("tells the provider of the address it has now", async () => {
    const client = traceOpenAI(openAIOf(server, OpenAI, { fetch: toFixture }));
    client.baseURL = "https://api.groq.com/openai/v1";
    await client.chat.completions.create(say);
    client.baseURL = "not a url";
    await client.chat.completions.create(say).catch(() => undefined);
    expect(traces.current.tree(provider)).toEqual([
      { name: "chat text", kind: "spandrel", "gen_ai.provider.name": "groq", "server.address": "api.groq.com" },
      { name: "chat text", kind: "spandrel", "gen_ai.provider.name": "openai" },
    ]);
  });

  it("may be of a class of the user's, whose own create is one call", async () => {
    const base = openAIOf(server, OpenAI);
    const Completions = base.chat.completions.constructor as new (client: typeof base) => typeof base.chat.completions;
    class Polite extends Completions {
      override create(...args: never[]): never {
        const [body, options] = args as unknown as Parameters<typeof base.chat.completions.create>;
        return super.create({ ...body, store: true }, options) as never;
      }
    }
    base.chat.completions = new Polite(base);
    const client = traceOpenAI(base);
    const completion = await client.chat.completions.create(say);
    expect(completion.choices[0]?.message.content).toBe("Blue sky 😀 🇨🇭.");
    expect(server.requests.at(-1)?.body["store"]).toBe(true);
    expect(names()).toEqual(["chat text"]);
  });
});

/** Sends to the fixture server what is meant for anywhere else. */
const toFixture: typeof fetch = (input, init) => {
  const { pathname, search } = new URL(input);
  return fetch(`${server.url}${pathname}${search}`, init);
};

describe.each([
  ["openai 7", Azure7],
  ["openai 6", Azure6 as unknown as typeof Azure7],
])("%s: Azure's client", (_major, AzureOpenAI) => {
  const options = { apiKey: "none", apiVersion: "2026-01-01", logLevel: "off" } as const;

  it("is traced, with Azure for a provider by its host", async () => {
    const azure = traceOpenAI(
      new AzureOpenAI({ ...options, endpoint: "https://unit.openai.azure.com", fetch: toFixture }),
    );
    await azure.chat.completions.create(say);
    const { path } = server.requests.at(-1)!;
    expect(path).toBe("/openai/deployments/text/chat/completions");
    expect(traces.current.tree(provider)).toEqual([
      {
        name: "chat text",
        kind: "spandrel",
        "gen_ai.provider.name": "azure.ai.openai",
        "server.address": "unit.openai.azure.com",
      },
    ]);
  });

  it("is traced behind another address", async () => {
    const azure = traceOpenAI(new AzureOpenAI({ ...options, baseURL: `${server.url}/openai` }));
    await azure.withOptions({ apiVersion: "2026-02-01" }).chat.completions.create(say);
    expect(traces.current.tree(provider)).toEqual([
      { name: "chat text", kind: "spandrel", "gen_ai.provider.name": "openai", "server.address": "127.0.0.1" },
    ]);
  });
});

describe("traceOpenAI", () => {
  it("never says a key that it is given in a client's place", () => {
    expect(() => traceOpenAI("sk-secret" as never)).toThrow(/^(?!.*secret)/s);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a string", "client"],
    ["an empty object", {}],
    ["a client without embeddings", { chat: { completions: { create: () => undefined } } }],
  ])("refuses %s", (_what, value) => {
    expect(() => traceOpenAI(value as never)).toThrow(
      expect.objectContaining({ code: "SPANDREL_INVALID_OPTION", message: expect.stringContaining("traceOpenAI") }),
    );
  });
});
