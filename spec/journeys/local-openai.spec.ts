import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { connectAnthropic, connectOpenAI } from "../../samples/local-openai/client";
import { embed } from "../../samples/local-openai/embeddings";
import { startLocalOpenAI, type LocalOpenAI } from "../../samples/local-openai/server";
import { tokenize } from "../../samples/local-openai/tokens";

const MAIL = `Order A-1042 for Northwind Traders was due on Monday and has not arrived.
We have 12 people waiting, please answer today.

Dana Whitfield`;
const CLASSIFY = "You sort the mail of a support desk. Answer with one JSON object.";
const MODEL = "local-rules-1";

describe("the local OpenAI server", () => {
  let server: LocalOpenAI;
  let openai: OpenAI;

  beforeAll(async () => {
    server = await startLocalOpenAI({ delayMillis: 0, chunkDelayMillis: 0 });
    openai = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const ask = (content: string, options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
    openai.chat.completions.create({ ...options, model: MODEL, messages: [{ role: "user", content }] });
  const textOf = async (content: string) => (await ask(content)).choices[0]?.message.content;

  it("answers a plain completion in OpenAI's shape, under a model name that says what it is", async () => {
    const completion = await ask("Clap once");
    expect(completion).toEqual({
      id: expect.stringMatching(/^chatcmpl-local-\d+$/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "local-rules-1",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "*clap*", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 },
    });
  });

  it("streams the role, the text in pieces, the finish reason, then the usage alone", async () => {
    const body = { model: MODEL, messages: [{ role: "user" as const, content: "Clap once" }] };
    const stream = await openai.chat.completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks.map(({ choices }) => choices.map(({ delta, finish_reason }) => [delta, finish_reason]))).toEqual([
      [[{ role: "assistant", content: "", refusal: null }, null]],
      [[{ content: "*" }, null]],
      [[{ content: "clap" }, null]],
      [[{ content: "*" }, null]],
      [[{}, "stop"]],
      [],
    ]);
    expect(chunks.map(({ usage }) => usage)).toEqual([
      ...[null, null, null, null, null],
      { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 },
    ]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it("closes a stream with [DONE] and sends no usage that was not asked for", async () => {
    const response = await fetch(`${server.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: MODEL, stream: true, messages: [{ role: "user", content: "Clap once" }] }),
    });
    const events = (await response.text()).split("\n\n").filter(Boolean);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(events).toHaveLength(6);
    expect(events.at(-1)).toBe("data: [DONE]");
    expect(events.filter((event) => event.includes("usage"))).toEqual([]);
  });

  it("streams the very text that the plain answer has", async () => {
    const plain = await textOf(MAIL);
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: "user", content: MAIL }],
      stream: true,
    });
    let streamed = "";
    for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? "";
    expect(streamed).toBe(plain);
  });

  it("serves the next request after a reader has left a stream", async () => {
    const stream = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: "user", content: MAIL }],
      stream: true,
    });
    for await (const _chunk of stream) break;
    expect(await textOf("Clap once")).toBe("*clap*");
  });

  it("keeps to max_tokens and stop", async () => {
    const cut = await ask("Tell me a joke about opentelemetry", { max_tokens: 5 });
    expect(cut.choices[0]?.message.content).toBe("My friend says opentelemetry is");
    expect(cut.choices[0]?.finish_reason).toBe("length");
    expect(cut.usage?.completion_tokens).toBe(5);

    const stopped = await ask("Tell me a joke about opentelemetry", { stop: ["."] });
    expect(stopped.choices[0]?.message.content).toBe("My friend says opentelemetry is easy");
    expect(stopped.choices[0]?.finish_reason).toBe("stop");
  });

  it("gives a log probability for every piece when asked", async () => {
    const { choices } = await ask("Clap once", { logprobs: true });
    expect(choices[0]?.logprobs?.content?.map(({ token, logprob }) => [token, logprob])).toEqual([
      ["*", 0],
      ["clap", 0],
      ["*", 0],
    ]);
  });

  it("reads a support message: topic, urgency, and the sentence that says most", async () => {
    const completion = await openai.chat.completions.create({
      model: MODEL,
      messages: [
        { role: "system", content: CLASSIFY },
        { role: "user", content: MAIL },
      ],
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({
      topic: "delivery",
      urgency: "high",
      summary: "Order A-1042 for Northwind Traders was due on Monday and has not arrived.",
      signals: ["arrive", "today", "wait"],
    });
  });

  it("extracts people, organisations, orders, dates, and numbers from a message", async () => {
    const completion = await openai.chat.completions.create({
      model: MODEL,
      messages: [
        { role: "system", content: "You extract facts from the mail of a support desk." },
        { role: "user", content: MAIL },
      ],
    });
    expect(JSON.parse(completion.choices[0]?.message.content ?? "")).toEqual({
      people: ["Dana Whitfield"],
      organisations: ["Northwind Traders"],
      places: [],
      orders: ["A-1042"],
      amounts: [],
      dates: ["Monday", "today"],
      emails: [],
      counts: ["12 people"],
    });
  });

  it("writes a reply with the facts of the message in it", async () => {
    const completion = await openai.chat.completions.create({
      model: MODEL,
      messages: [
        { role: "system", content: "You write the replies of a support desk." },
        { role: "user", content: JSON.stringify({ message: MAIL, orders: [{ number: "A-1042" }] }) },
      ],
    });
    expect(completion.choices[0]?.message.content).toBe(`Hello Dana,

Thank you for asking about your delivery to Northwind Traders. I could not find order A-1042; please check the number in \
your confirmation. Your message is marked as urgent; we will write again today.

Kind regards,
The support desk`);
  });

  it("translates into pirate, signs, laughs and applauds as the prompt says", async () => {
    expect(await textOf("translate the joke to pirate language:\n\nThe cat is following my friend.")).toBe(
      "Arrr! Th' cat be followin' me matey.",
    );
    expect(await textOf("add a signature to the joke:\n\nA parrot walks into a harbour.")).toBe(
      "\n\n-- Cap'n Parrot of the good ship Harbour",
    );
    expect(await textOf("This joke:\n\nA parrot.\n\n is funny, say hahahahaha")).toBe("hahahahaha");
    expect(await textOf("Applaud to the joke, clap clap! *clap*")).toBe("*clap* *clap* *clap*");
  });

  it("says hi to whoever introduces themselves", async () => {
    const hi = (content: string) =>
      openai.chat.completions.create({
        model: MODEL,
        messages: [
          { role: "system", content: "say hi !" },
          { role: "user", content },
        ],
      });
    const texts = [await hi("Hello, this is Ada Lovelace."), await hi("Anyone here?")];
    expect(texts.map(({ choices }) => choices[0]?.message.content)).toEqual([
      "Hi Ada Lovelace! It is good to hear from you. What shall we look at today?",
      "Hi there! It is good to hear from you. What shall we look at today?",
    ]);
  });

  it("says of any other text what it found, and that it is no model", async () => {
    expect(await textOf("Ada Lovelace met Charles Babbage in London on 5 June 1833.")).toBe(
      "I am a set of rules, not a language model; I read 1 sentence. people: Ada Lovelace, Charles Babbage. " +
        "places: London. dates: 5 June 1833.",
    );
  });

  it("embeds a text as the same unit vector every time, near to texts with the same words", async () => {
    const { data, usage, model } = await openai.embeddings.create({
      model: "local-vectors-1",
      input: ["the parrot laughs", "the parrots laugh", "billing address"],
    });
    const [first = [], second = [], third = []] = data.map(({ embedding }) => embedding);
    const dot = (left: readonly number[], right: readonly number[]) =>
      left.reduce((sum, value, index) => sum + value * (right[index] ?? NaN), 0);

    expect(model).toBe("local-vectors-1");
    expect(usage).toEqual({ prompt_tokens: 8, total_tokens: 8 });
    expect(first).toHaveLength(16);
    expect(first).toEqual(embed("the parrot laughs"));
    expect(dot(first, first)).toBeCloseTo(1, 5);
    expect(dot(first, second)).toBeGreaterThan(dot(first, third) + 0.2);
  });

  it("sends the same numbers as floats and with other dimensions when asked", async () => {
    const { data } = await openai.embeddings.create({
      model: "local-vectors-1",
      input: "parrot",
      encoding_format: "float",
      dimensions: 4,
    });
    expect(data[0]?.embedding).toEqual(embed("parrot", 4));
  });

  const refusals: [string, string, string, unknown, number, object][] = [
    ["an unknown route", "GET", "/nothing", undefined, 404, { message: "Invalid URL (GET /v1/nothing)" }],
    [
      "a body that is not JSON",
      "POST",
      "/embeddings",
      "{",
      400,
      { message: "The body of the request is not a JSON object." },
    ],
    [
      "an unknown model",
      "POST",
      "/chat/completions",
      { model: "gpt-9" },
      404,
      { message: "The model 'gpt-9' does not exist.", param: "model", code: "model_not_found" },
    ],
    [
      "a request without messages",
      "POST",
      "/chat/completions",
      { model: MODEL },
      400,
      {
        message: "Missing required parameter: 'messages'.",
        param: "messages",
        code: "missing_required_parameter",
      },
    ],
    [
      "more than one answer",
      "POST",
      "/chat/completions",
      { model: MODEL, messages: [{}], n: 2 },
      400,
      { message: "local-rules-1 does not support 'n'.", param: "n", code: "unsupported_parameter" },
    ],
    [
      "an image",
      "POST",
      "/chat/completions",
      { model: MODEL, messages: [{ role: "user", content: [{ type: "image_url" }] }] },
      400,
      { message: "local-rules-1 reads text content only.", param: "messages.[0].content" },
    ],
  ];

  it.each(refusals)("refuses %s with OpenAI's error object", async (_case, method, path, body, status, expected) => {
    const response = await fetch(server.url + path, {
      method,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    expect(response.status).toBe(status);
    const error = { type: "invalid_request_error", param: null, code: null, ...expected };
    expect(await response.json()).toEqual({ error });
  });

  it("gives errors that the official client throws as its own", async () => {
    const failure = openai.chat.completions.create({ model: "gpt-9", messages: [{ role: "user", content: "x" }] });
    await expect(failure).rejects.toThrow(OpenAI.NotFoundError);
    await expect(failure).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
});

describe("the local server's door for Anthropic's client", () => {
  let server: LocalOpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    server = await startLocalOpenAI({ delayMillis: 0, chunkDelayMillis: 0 });
    anthropic = new Anthropic({ apiKey: "none", baseURL: server.anthropicUrl, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const CLAP = { model: MODEL, max_tokens: 100, messages: [{ role: "user" as const, content: "Clap once" }] };
  const textOf = (message: Anthropic.Message) => message.content.map((block) => block.type === "text" && block.text);

  it("answers a message in Anthropic's shape", async () => {
    expect(await anthropic.messages.create(CLAP)).toMatchObject({
      id: expect.stringMatching(/^msg_local_\d+$/),
      type: "message",
      role: "assistant",
      model: "local-rules-1",
      content: [{ type: "text", text: "*clap*" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 8, output_tokens: 3 },
    });
  });

  it("streams the events in Anthropic's order, and they add up to the plain answer", async () => {
    const stream = anthropic.messages.stream(CLAP);
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual([
      "message_start",
      "content_block_start",
      ...["content_block_delta", "content_block_delta", "content_block_delta"],
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const { id: _id, ...streamed } = await stream.finalMessage();
    const { id: _other, ...plain } = await anthropic.messages.create(CLAP);
    expect(streamed).toMatchObject({ content: plain.content, stop_reason: plain.stop_reason, usage: plain.usage });
  });

  it("gives the same answer as OpenAI's door, with the system prompt apart from the messages", async () => {
    const openai = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
    const user = { role: "user" as const, content: MAIL };
    const message = await anthropic.messages.create({ ...CLAP, system: CLASSIFY, messages: [user] });
    const { choices } = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: "system", content: CLASSIFY }, user],
    });
    expect(textOf(message)).toEqual([choices[0]?.message.content]);
  });

  it("keeps to max_tokens and stop_sequences, and says which of them ended it", async () => {
    const messages = [{ role: "user" as const, content: "Tell me a joke about opentelemetry" }];
    const cut = await anthropic.messages.create({ ...CLAP, messages, max_tokens: 5 });
    expect(textOf(cut)).toEqual(["My friend says opentelemetry is"]);
    expect(cut).toMatchObject({ stop_reason: "max_tokens", stop_sequence: null, usage: { output_tokens: 5 } });

    const stopped = await anthropic.messages.create({ ...CLAP, messages, stop_sequences: ["never", "."] });
    expect(textOf(stopped)).toEqual(["My friend says opentelemetry is easy"]);
    expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: "." });
  });

  it("comments on a joke by its end", async () => {
    const content = "What do you think about this joke: A cat walks in, and nobody laughs.";
    const message = await anthropic.messages.create({ ...CLAP, messages: [{ role: "user", content }] });
    expect(textOf(message)).toEqual([
      'It is the end that does it: "and nobody laughs". And all in 7 words; tell it again.',
    ]);
  });

  const refusals: [string, object, number, object][] = [
    [
      "an unknown model",
      { ...CLAP, model: "claude-9" },
      404,
      { type: "not_found_error", message: "The model 'claude-9' does not exist." },
    ],
    [
      "a request without max_tokens",
      { ...CLAP, max_tokens: undefined },
      400,
      { type: "invalid_request_error", message: "max_tokens: Field required" },
    ],
    [
      "tools",
      { ...CLAP, tools: [] },
      400,
      { type: "invalid_request_error", message: "local-rules-1 does not support 'tools'." },
    ],
  ];

  it.each(refusals)("refuses %s with Anthropic's error object", async (_case, body, status, error) => {
    const response = await fetch(`${server.anthropicUrl}/v1/messages`, { method: "POST", body: JSON.stringify(body) });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ type: "error", error });
  });

  it("gives errors that the official client throws as its own", async () => {
    await expect(anthropic.messages.create({ ...CLAP, model: "claude-9" })).rejects.toThrow(Anthropic.NotFoundError);
  });
});

describe("tokenize", () => {
  it("splits a text into pieces that join to the text again", () => {
    const text = "Hello Dana,\n\nit's $129.50 -- fine!  \u{1F99C} end\t";
    const tokens = tokenize(text);
    expect(tokens.slice(0, 5)).toEqual(["Hello", " Dana", ",", "\n", "\nit"]);
    expect(tokens.join("")).toBe(text);
  });
});

describe("connectOpenAI", () => {
  it("talks to the API that the environment names, without starting a server", async () => {
    const access = await connectOpenAI({ OPENAI_BASE_URL: "http://127.0.0.1:9/v1", OPENAI_MODEL: "some-model" });
    expect(access.openai.baseURL).toBe("http://127.0.0.1:9/v1");
    expect(access.chatModel).toBe("some-model");
    expect(access.description).toBe("some-model at http://127.0.0.1:9/v1");
    await access.close();
  });

  it("starts the local server when the environment names none, and stops it on close", async () => {
    const access = await connectOpenAI({});
    expect(access.chatModel).toBe("local-rules-1");
    const { data } = await access.openai.models.list();
    expect(data.map(({ id }) => id)).toEqual(["local-rules-1", "local-vectors-1"]);
    await access.close();
    await expect(fetch(`${access.openai.baseURL}/models`)).rejects.toThrow("fetch failed");
  });
});

describe("connectAnthropic", () => {
  it("talks to the API that the environment names, without starting a server", async () => {
    const access = await connectAnthropic({ ANTHROPIC_BASE_URL: "http://127.0.0.1:9", ANTHROPIC_MODEL: "some-model" });
    expect(access.anthropic.baseURL).toBe("http://127.0.0.1:9");
    expect(access.chatModel).toBe("some-model");
    expect(access.description).toBe("some-model at http://127.0.0.1:9");
    await access.close();
  });

  it("starts the local server when the environment names none, and stops it on close", async () => {
    const { anthropic, chatModel, close } = await connectAnthropic({});
    const messages = [{ role: "user" as const, content: "Clap once" }];
    const { model } = await anthropic.messages.create({ model: chatModel, max_tokens: 10, messages });
    expect(model).toBe("local-rules-1");
    await close();
    await expect(fetch(`${anthropic.baseURL}/v1/messages`)).rejects.toThrow("fetch failed");
  });
});
