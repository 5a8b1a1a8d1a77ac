import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { MESSAGES, type Script, type Twin, expectTwins, settle } from "./twins.js";

const traces = useTraces();

const chat = ({ client }: Twin, model = "text") => client.chat.completions.create({ model, messages: MESSAGES });
const chatStream = ({ client }: Twin, model = "text") =>
  client.chat.completions.create({ model, messages: MESSAGES, stream: true });

/** What is done with the promise of a call, and on which of a call's spans it tells. */
const USES: Readonly<Record<string, Script>> = {
  "the promise itself": async (twin) => {
    for (const promise of [chat(twin), twin.client.responses.create({ model: "text", input: "Hi" })]) {
      twin.see("promise", promise);
      twin.see("is", [promise instanceof Promise, Object.prototype.toString.call(promise)]);
      await promise;
      twin.see("settled promise", promise);
    }
  },
  "awaited twice": async (twin) => {
    const promise = chat(twin);
    const first = await promise;
    return [(await promise) === first, (await promise.then((value) => value)) === first];
  },
  "awaited twice, failing": async (twin) => {
    const promise = chat(twin, "bad-request");
    const [first, second] = [await settle(() => promise), await settle(() => promise)] as { error?: unknown }[];
    return [first, first!.error === second!.error];
  },
  "then, catch and finally": async (twin) => {
    twin.see("then", await chat(twin).then(({ id }) => id));
    twin.see("then of a failure", await chat(twin, "unauthorized").then(undefined, (error: unknown) => error));
    twin.see("catch", await chat(twin, "unauthorized").catch((error: unknown) => error));
    twin.see("catch of a success", await chat(twin).catch(() => "not called"));
    twin.see("finally", await chat(twin).finally(() => twin.see("finally ran")));
    twin.see(
      "finally that throws",
      await settle(() => chat(twin).finally(() => Promise.reject(new Error("in finally")))),
    );
    return settle(() => chat(twin, "unauthorized").finally(() => twin.see("finally of a failure ran")));
  },
  withResponse: async (twin) => {
    const { data, response, request_id: id } = await chat(twin).withResponse();
    twin.see("data", data);
    twin.see("response", response);
    return id;
  },
  "withResponse of a stream": async (twin) => {
    const { data, response } = await chatStream(twin).withResponse();
    twin.see("response", response);
    for await (const chunk of data) twin.see("chunk", chunk);
  },
  "withResponse of a failure": (twin) => settle(() => chat(twin, "bad-request").withResponse()),
  "withResponse of a retried call": async (twin) => (await chat(twin, "rate-limited").withResponse()).response,
  "withResponse beside the value": async (twin) => {
    const promise = chat(twin);
    const [value, { data }] = await Promise.all([promise, promise.withResponse()]);
    return value === data;
  },
  asResponse: async (twin) => {
    const response = await chat(twin).asResponse();
    twin.see("response", response);
    return response.json();
  },
  "asResponse of a stream": async (twin) => (await chatStream(twin).asResponse()).text(),
  "asResponse of a failure": (twin) => settle(() => chat(twin, "bad-request").asResponse()),
  "asResponse, then the value": async (twin) => {
    const promise = chat(twin);
    twin.see("response", await promise.asResponse());
    return promise;
  },
  "asResponse after the value": async (twin) => {
    const promise = chat(twin);
    await promise;
    return promise.asResponse();
  },
  "asResponse of what parse gives": async (twin) =>
    (await twin.client.chat.completions.parse({ model: "json", messages: MESSAGES }).asResponse()).text(),
  "withResponse of what parse gives": (twin) =>
    twin.client.chat.completions.parse({ model: "json", messages: MESSAGES }).withResponse(),
  _thenUnwrap: async (twin) => {
    const unwrapped = chat(twin)._thenUnwrap((completion) => [completion.model]);
    twin.see("unwrapped", unwrapped);
    twin.see("value", await unwrapped);
    const twice = chat(twin)
      ._thenUnwrap(({ model }) => ({ model }))
      ._thenUnwrap(({ model }) => ({ model: model.length }));
    return twice.withResponse();
  },
  "_thenUnwrap that throws": (twin) =>
    settle(() =>
      chat(twin)._thenUnwrap(() => {
        throw new RangeError("in the transform");
      }),
    ),
  "_thenUnwrap of a failure": async (twin) => {
    twin.see("status", await settle(() => chat(twin, "bad-request")._thenUnwrap(() => "not called")));
    return settle(() => chat(twin, "malformed-json")._thenUnwrap(() => "not called"));
  },
  "_thenUnwrap without a function": (twin) =>
    settle(() => chat(twin)._thenUnwrap(undefined as unknown as () => unknown)),
  "_thenUnwrap of a stream": async (twin) => {
    const stream = await chatStream(twin)._thenUnwrap((value) => value);
    for await (const chunk of stream) twin.see("chunk", chunk);
  },
  "the order of events": async (twin) => {
    for (const model of ["text", "bad-request"]) {
      const promise = chat(twin, model);
      twin.see("returned");
      queueMicrotask(() => twin.see("a microtask after the call"));
      const first = promise.then(
        () => twin.see("first handler"),
        () => twin.see("first handler, of the failure"),
      );
      const second = promise.finally(() => twin.see("second handler")).catch(() => undefined);
      twin.see("still in the same turn");
      await Promise.all([first, second]);
    }
  },
  "an abort while the body is on its way": async (twin) => {
    const controller = new AbortController();
    const body = { model: "gated", messages: MESSAGES };
    const promise = twin.client.chat.completions.create(body, { signal: controller.signal });
    await twin.server.arrived("gated");
    const value = settle(() => promise);
    const parsed = settle(() => promise.withResponse());
    controller.abort();
    twin.see("server", await (await twin.server.arrived("gated")).ended);
    return [await value, await parsed];
  },
};

describe.each(OPENAI_MAJORS)("%s: the promise of a call, plain and traced alike", (_major, OpenAI) => {
  it.each(Object.entries(USES))("%s", async (_name, use) => {
    const { opened } = await expectTwins(traces.current, OpenAI, use);
    expect(opened).toBeGreaterThan(0);
    expect(traces.current.spans).toHaveLength(opened);
  });
});

/** Calls of the wrong type: what the client makes of them is its own affair. */
const MISUSES: Readonly<Record<string, (client: Twin["client"]) => unknown>> = {
  "chat without a body": (client) => client.chat.completions.create(undefined as never),
  "chat with null": (client) => client.chat.completions.create(null as never),
  "chat with a string": (client) => client.chat.completions.create("Hi" as never),
  "chat without arguments": (client) => (client.chat.completions.create as () => unknown)(),
  "chat without a client": (client) => Reflect.apply(client.chat.completions.create, undefined, [{}]),
  "chat of another object": (client) => Reflect.apply(client.chat.completions.create, {}, [{}]),
  "chat with an odd signal": (client) =>
    client.chat.completions.create({ model: "text", messages: MESSAGES }, { signal: 1 as never }),
  "responses without a body": (client) => client.responses.create(undefined as never),
  "embeddings without a body": (client) => client.embeddings.create(undefined as never),
  "parse without a body": (client) => client.chat.completions.parse(undefined as never),
  "an empty body": (client) => client.chat.completions.create({} as never),
  "a BigInt in the body": (client) => client.chat.completions.create({ model: "text", messages: [1n] } as never),
  "a cyclic body": (client) => {
    const body: Record<string, unknown> = { model: "text", messages: MESSAGES };
    body["self"] = body;
    return client.chat.completions.create(body as never);
  },
};

describe.each(OPENAI_MAJORS)("%s: misuse fails plain and traced alike", (_major, OpenAI) => {
  it.each(Object.entries(MISUSES))("%s", async (_name, misuse) => {
    const { opened } = await expectTwins(traces.current, OpenAI, async ({ client, see }) => {
      let result: unknown;
      try {
        result = misuse(client);
        see("returned, not thrown");
      } catch (error) {
        see("thrown", error);
      }
      return settle(() => result);
    });
    expect(traces.current.spans).toHaveLength(opened);
  });
});
