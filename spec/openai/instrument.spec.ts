import OpenAI from "openai";
import OpenAI6 from "openai-6";
import * as chat6 from "openai-6/resources/chat/completions/completions";
import * as embeddings6 from "openai-6/resources/embeddings";
import * as responses6 from "openai-6/resources/responses/responses";
import * as chat7 from "openai/resources/chat/completions/completions";
import * as embeddings7 from "openai/resources/embeddings";
import * as responses7 from "openai/resources/responses/responses";
import { traced } from "../../lib/index.js";
import { OPENAI_INSTRUMENT, traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { useTraces } from "../support/traces.js";

const MAJORS = [
  { major: "openai 7", Client: OpenAI, modules: [chat7, responses7, embeddings7] },
  { major: "openai 6", Client: OpenAI6 as unknown as typeof OpenAI, modules: [chat6, responses6, embeddings6] },
];
const messages = [{ role: "user" as const, content: "Hi" }];

const traces = useTraces();
let server: LlmServer;
beforeEach(async () => void (server = await startLlmServer()));
afterEach(() => server.close());

const names = (): string[] => traces.current.spans.map(({ name }) => name);

describe.each(MAJORS)("the instrument, on the classes of $major", ({ Client, modules }) => {
  const newClient = (): OpenAI => new Client({ apiKey: "none", baseURL: server.url });

  it("traces clients made before and after, every operation, one span a call", async () => {
    const early = newClient();
    const undo = OPENAI_INSTRUMENT.enable(modules);
    try {
      for (const client of [early, newClient()]) {
        await client.chat.completions.create({ model: "text", messages });
        await client.responses.create({ model: "text", input: "Hi" });
        await client.embeddings.create({ model: "text", input: "Hi" });
      }
      const each = ["chat text", "chat text", "embeddings text"];
      expect(names()).toEqual([...each, ...each]);
    } finally {
      undo();
    }
  });

  it("makes one span of a call whose client is wrapped by hand as well, before or after", async () => {
    const before = traceOpenAI(newClient());
    const undo = OPENAI_INSTRUMENT.enable(modules);
    const again = OPENAI_INSTRUMENT.enable(modules);
    try {
      const after = traceOpenAI(traceOpenAI(newClient()));
      await traced("task", () => before.chat.completions.create({ model: "text", messages }))();
      await traced("task", () => after.responses.create({ model: "text", input: "Hi" }))();
      const task = { name: "task", kind: "task", children: [{ name: "chat text", kind: "spandrel" }] };
      expect(traces.current.tree()).toEqual([task, task]);
      expect(traces.current.lines).toEqual([]);
    } finally {
      again();
      undo();
    }
  });

  it("records each retry once, also of a client that is wrapped by hand as well", async () => {
    const undo = OPENAI_INSTRUMENT.enable(modules);
    try {
      for (const make of [newClient, () => traceOpenAI(newClient())]) {
        const client = make();
        Object.defineProperty(client, "calculateDefaultRetryTimeoutMillis", { value: () => 0 });
        await client.chat.completions.create({ model: "server-error-twice", messages });
        await client.chat.completions.create({ model: "reset-once", messages });
      }
      const retries = traces.current.spans.map(({ events }) =>
        events.map(({ name, attributes }) => [name, attributes]),
      );
      const refused = (count: number): unknown[] => [
        "spandrel.client.retry",
        { "http.request.resend_count": count, "http.response.status_code": 500 },
      ];
      const reset = ["spandrel.client.retry", { "http.request.resend_count": 1, "error.type": "connection_error" }];
      const each = [[refused(1), refused(2)], [reset]];
      expect(retries).toEqual([...each, ...each]);
    } finally {
      undo();
    }
  });

  it("leaves the classes as they were when it is undone", async () => {
    const methods = (): unknown[] =>
      modules.flatMap((module) =>
        ["Completions", "Responses", "Embeddings"].flatMap((name) => {
          const Resource = (module as unknown as Record<string, { prototype: object } | undefined>)[name];
          return Resource === undefined ? [] : [Object.getOwnPropertyDescriptor(Resource.prototype, "create")];
        }),
      );
    const clientMethods = ["shouldRetry", "retryRequest"].map((name) => [
      name,
      Object.getOwnPropertyDescriptor(Client.prototype, name),
    ]);
    const before = methods();
    const undo = OPENAI_INSTRUMENT.enable(modules);
    expect(methods()).not.toEqual(before);
    await newClient().chat.completions.create({ model: "text", messages });
    undo();
    expect(methods()).toEqual(before);
    for (const [name, descriptor] of clientMethods) {
      expect(Object.getOwnPropertyDescriptor(Client.prototype, name as string)).toEqual(descriptor);
    }
    await newClient().chat.completions.create({ model: "text", messages });
    expect(names()).toEqual(["chat text"]);
  });

  it("passes calls through once undone, where somebody has laid a wrapper over it since", async () => {
    const [{ Completions }] = modules as unknown as [{ Completions: { prototype: { create: () => unknown } } }];
    const original = Completions.prototype.create;
    const undo = OPENAI_INSTRUMENT.enable(modules);
    const ours = Completions.prototype.create;
    let calls = 0;
    Completions.prototype.create = function (...args: []) {
      calls++;
      return ours.apply(this, args);
    };
    try {
      undo();
      await newClient().chat.completions.create({ model: "text", messages });
      expect([calls, names()]).toEqual([1, []]);
    } finally {
      Completions.prototype.create = original;
    }
  });
});
