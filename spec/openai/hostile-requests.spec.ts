import { traceOpenAI } from "../../lib/openai/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { describeValue } from "./describe-value.js";
import { MESSAGES, settle } from "./twins.js";

const traces = useTraces();

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
});
afterAll(() => server.close());

const refuse = (): never => {
  throw new RangeError("do not look");
};
const PROXIED = { get: refuse, has: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse, getPrototypeOf: refuse };

/** Each is made anew for every call, and what it tells of how it was looked at is not compared. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  "a model that cannot be read": () =>
    Object.defineProperty({ messages: MESSAGES }, "model", { get: refuse, enumerable: true }),
  "a model that is no text": () => ({ model: { toString: refuse }, messages: MESSAGES }),
  "messages that cannot be read": () => ({
    model: "text",
    get messages() {
      return refuse();
    },
  }),
  "messages that cannot be iterated": () => ({ model: "text", messages: new Proxy([...MESSAGES], { get: refuse }) }),
  "messages that are no list": () => ({ model: "text", messages: { length: 3 } }),
  "messages of nothing": () => ({
    model: "text",
    messages: [null, undefined, 0, "", [], { role: 1, content: { a: 1 } }],
  }),
  "a message whose content cannot be read": () => ({
    model: "text",
    messages: [
      {
        role: "user",
        get content() {
          return refuse();
        },
      },
    ],
  }),
  "parts of every shape": () => ({
    model: "text",
    messages: [
      {
        role: "user",
        content: [
          null,
          1,
          { type: "image_url" },
          { type: "image_url", image_url: { url: 7 } },
          { type: "file" },
          { type: {} },
        ],
      },
    ],
  }),
  "calls of every shape": () => ({
    model: "text",
    messages: [
      {
        role: "assistant",
        tool_calls: [null, {}, { function: 1 }, { custom: { input: "{" } }],
        function_call: "x",
        audio: 1,
      },
      { role: "tool" },
    ],
  }),
  "options of the wrong type": () => ({
    model: "text",
    messages: MESSAGES,
    stop: 7,
    n: "two",
    stream: 0,
    tools: 1,
    response_format: "json",
    temperature: {},
  }),
  "a proxy": () => new Proxy({ model: "text", messages: MESSAGES }, PROXIED),
  "a toJSON that throws": () => ({ model: "text", messages: MESSAGES, toJSON: refuse }),
  "a toJSON of a message that throws": () => ({
    model: "text",
    messages: [{ role: "user", content: "Hi", toJSON: refuse }],
  }),
  "a cycle": () => {
    const message: Record<string, unknown> = { role: "user", content: "Hi" };
    message["content"] = [message];
    return { model: "text", messages: [message] };
  },
  "tools that cannot be read": () => ({ model: "text", messages: MESSAGES, tools: new Proxy([{}], { get: refuse }) }),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "nothing but a prototype": () => Object.create({ model: "text", messages: MESSAGES }) as unknown,
  "a frozen body": () => Object.freeze({ model: "text", messages: Object.freeze([Object.freeze(MESSAGES[0])]) }),
};

describe.each(OPENAI_MAJORS)("%s: a request with", (_major, OpenAI) => {
  it.each(Object.entries(BODIES))("%s fails or succeeds as without tracing, and has its span", async (_name, make) => {
    const plain = openAIOf(server, OpenAI, { maxRetries: 0 });
    const client = traceOpenAI(openAIOf(server, OpenAI, { maxRetries: 0 }));
    const uses: ((body: never, of: typeof client) => unknown)[] = [
      (body, of) => of.chat.completions.create(body),
      (body, of) => of.responses.create(body),
      (body, of) => of.embeddings.create(body),
    ];
    for (const use of uses) {
      const expected = await sight(() => use(make() as never, plain));
      traces.current.reset();
      expect(await sight(() => use(make() as never, client))).toEqual(expected);
      expect(traces.current.spans).toHaveLength(1);
      expect(traces.current.spans[0]?.name).toMatch(/^(chat|embeddings)( text)?$/);
    }
  });

  it("what the caller changes afterwards is not recorded", async () => {
    const client = traceOpenAI(openAIOf(server, OpenAI));
    const messages = [{ role: "user" as const, content: "before" }];
    const promise = client.chat.completions.create({ model: "text", messages });
    messages[0]!.content = "after";
    messages.push({ role: "user", content: "more" });
    await promise;
    const input = String(traces.current.attributes("chat text")["gen_ai.input.messages"]);
    expect(JSON.parse(input)).toEqual([{ role: "user", parts: [{ type: "text", content: "before" }] }]);
  });
});

/** What became of a call, but for the number of its request. */
async function sight(work: () => unknown): Promise<string> {
  return JSON.stringify(describeValue(await settle(work))).replace(/(chatcmpl-|resp_|req_)\d+/g, "$1");
}
