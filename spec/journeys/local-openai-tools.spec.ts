import OpenAI from "openai";
import { startLocalOpenAI, type LocalOpenAI } from "../../samples/local-openai/server";

const MODEL = "local-rules-1";
const TEXT = "Sarah Chen is 29. Northwind invoice NW-1042 totals 298.00 USD. Tom is 31.";

const object = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const PERSON = object({ name: { type: "string" }, age: { type: "integer" } });
const INVOICE = object({
  vendor: { type: "string" },
  invoice_id: { type: "string" },
  total_usd: { type: "number" },
});
const tool = (name: string, parameters: Record<string, unknown>, strict = false): OpenAI.ChatCompletionTool => ({
  type: "function",
  function: { name, parameters, strict },
});
const FORCED = { type: "function", function: { name: "Person" } } as const;
const DESCRIBED = {
  role: "system",
  content: `Answer in JSON that fits this schema: ${JSON.stringify(PERSON)} {"no": "schema"}`,
} as const;

describe("the local OpenAI server's structured answers", () => {
  let server: LocalOpenAI;
  let openai: OpenAI;

  beforeAll(async () => {
    server = await startLocalOpenAI({ delayMillis: 0, chunkDelayMillis: 0 });
    openai = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const user = (content: string) => ({ role: "user" as const, content });
  const ask = (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
    openai.chat.completions.create({ messages: [user(TEXT)], ...options, model: MODEL });
  const chunksOf = async (options: Partial<OpenAI.ChatCompletionCreateParamsStreaming>) => {
    const stream = await openai.chat.completions.create({
      messages: [user(TEXT)],
      ...options,
      model: MODEL,
      stream: true,
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };
  const callsOf = (completion: OpenAI.ChatCompletion) =>
    completion.choices[0]?.message.tool_calls?.map((call) => {
      return call.type === "function" && [call.function.name, JSON.parse(call.function.arguments)];
    });

  it("calls the function that is forced, once, and says stop", async () => {
    const completion = await ask({ tools: [tool("Person", PERSON)], tool_choice: FORCED });
    expect(completion.choices).toEqual([
      {
        index: 0,
        message: {
          role: "assistant",
          content: null,
          refusal: null,
          tool_calls: [
            {
              id: expect.stringMatching(/^call_local_\d+$/),
              type: "function",
              function: { name: "Person", arguments: '{"name":"Sarah Chen","age":29}' },
            },
          ],
        },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
  });

  it("counts the tools as read and the calls as written", async () => {
    const bare = await ask({});
    const definition = tool("Person", PERSON);
    const { usage } = await ask({ tools: [definition], tool_choice: FORCED });
    const longer = await ask({ tools: [definition, tool("Invoice", INVOICE)], tool_choice: FORCED });
    expect(usage?.prompt_tokens).toBeGreaterThan(bare.usage!.prompt_tokens + 30);
    expect(longer.usage?.prompt_tokens).toBeGreaterThan(usage!.prompt_tokens + 30);
    // The name, and {" name ":" Sarah Chen "," age ": 29 }
    expect(usage?.completion_tokens).toBe(1 + 10);
    expect(usage?.total_tokens).toBe(usage!.prompt_tokens + usage!.completion_tokens);
  });

  it("streams the role, the header of the call, its arguments in pieces, the finish reason, then the usage", async () => {
    const options = { tools: [tool("Person", PERSON)], tool_choice: FORCED };
    const chunks = await chunksOf({ ...options, stream_options: { include_usage: true } });
    const deltas = chunks.map(({ choices }) => choices.map(({ delta, finish_reason }) => [delta, finish_reason]));
    const pieces = ['{"', "name", '":"', "Sarah", " Chen", '","', "age", '":', "29", "}"];
    const header = {
      index: 0,
      id: expect.stringMatching(/^call_local_\d+$/),
      type: "function",
      function: { name: "Person", arguments: "" },
    };
    expect(deltas).toEqual([
      [[{ role: "assistant", content: null, refusal: null }, null]],
      [[{ tool_calls: [header] }, null]],
      ...pieces.map((piece) => [[{ tool_calls: [{ index: 0, function: { arguments: piece } }] }, null]]),
      [[{}, "stop"]],
      [],
    ]);
    expect(chunks.at(-1)?.usage).toEqual((await ask(options)).usage);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it.each(["auto", "required"] as const)(
    "calls a function per thing in the text where the choice is %s",
    async (choice) => {
      const completion = await ask({
        tools: [tool("Invoice", INVOICE), tool("Person", PERSON)],
        tool_choice: choice,
      });
      expect(callsOf(completion)).toEqual([
        ["Person", { name: "Sarah Chen", age: 29 }],
        ["Invoice", { vendor: "Northwind", invoice_id: "NW-1042", total_usd: 298 }],
        ["Person", { name: "Tom", age: 31 }],
      ]);
      expect(completion.choices[0]?.finish_reason).toBe("tool_calls");
    },
  );

  it("streams calls in parallel, each under its index, to the very calls of the plain answer", async () => {
    const options = { tools: [tool("Invoice", INVOICE), tool("Person", PERSON)] };
    const deltas = (await chunksOf(options)).flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const joined = [0, 1, 2].map((at) => {
      const ofCall = deltas.filter(({ index }) => index === at);
      const json = ofCall.map((delta) => delta.function?.arguments ?? "").join("");
      return [ofCall[0]?.function?.name, JSON.parse(json)];
    });
    expect(joined).toEqual(callsOf(await ask(options)));
    expect(new Set(deltas.flatMap(({ id }) => id ?? [])).size).toBe(3);
  });

  it("makes one call where parallel calls are off, and text where no function fits or none may be called", async () => {
    const tools = [tool("Person", PERSON)];
    expect(callsOf(await ask({ tools, parallel_tool_calls: false }))).toHaveLength(1);
    const textOf = async (options: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) => {
      const { message, finish_reason } = (await ask({ tools, ...options })).choices[0]!;
      return [message.tool_calls, message.content, finish_reason];
    };
    expect(await textOf({ messages: [user("Clap once")] })).toEqual([undefined, "*clap*", "stop"]);
    expect(await textOf({ messages: [user("Clap once")], tool_choice: "none" })).toEqual([undefined, "*clap*", "stop"]);
  });

  it("calls a function that is required even if it has to leave the arguments open", async () => {
    const completion = await ask({
      tools: [tool("Person", PERSON)],
      tool_choice: "required",
      messages: [user("Clap once")],
    });
    expect(callsOf(completion)).toEqual([["Person", { name: "unknown", age: 0 }]]);
  });

  it("ends the errand when the tool has answered", async () => {
    const tools = [tool("Person", PERSON)];
    const first = await ask({ tools, messages: [user("Tom is 31.")] });
    const { message } = first.choices[0]!;
    const answers = message.tool_calls!.map(({ id }) => {
      return { role: "tool" as const, tool_call_id: id, content: "Stored under number 7." };
    });
    const second = await ask({ tools, messages: [user("Tom is 31."), message, ...answers] });
    expect(second.choices[0]?.message.content).toBe("The tool answered: Stored under number 7.");
  });

  it("answers in the JSON of a strict schema, plain and streamed", async () => {
    const format = { type: "json_schema" as const, json_schema: { name: "Person", schema: PERSON, strict: true } };
    const { choices, usage } = await ask({ response_format: format });
    expect(choices[0]?.message).toEqual({
      role: "assistant",
      content: '{"name":"Sarah Chen","age":29}',
      refusal: null,
    });
    const chunks = await chunksOf({ response_format: format });
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("")).toBe(
      choices[0]?.message.content,
    );
    expect(usage?.prompt_tokens).toBeGreaterThan((await ask({})).usage!.prompt_tokens + 30);
  });

  it("writes dates and addresses as a strict schema's format and pattern say, where a loose one has them as written", async () => {
    const schema = object({
      email: { type: "string", format: "email" },
      phone: { type: "string", pattern: "^\\+\\d+$" },
      due: { type: "string", format: "date" },
    });
    const content = "Write to ana (at) fabrikam.example or call +41 79 123 45 67 by 3 May 2027.";
    const answers = [true, false].map(async (strict) => {
      const format = { type: "json_schema" as const, json_schema: { name: "Contact", schema, strict } };
      const { choices } = await ask({ messages: [user(content)], response_format: format });
      return JSON.parse(choices[0]!.message.content!);
    });
    expect(await Promise.all(answers)).toEqual([
      { email: "ana@fabrikam.example", phone: "+41791234567", due: "2027-05-03" },
      { email: "ana (at) fabrikam.example", phone: "+41 79 123 45 67", due: "3 May 2027" },
    ]);
  });

  it("answers in JSON by the first schema of the system message where only an object is asked for", async () => {
    const { choices } = await ask({ messages: [DESCRIBED, user(TEXT)], response_format: { type: "json_object" } });
    expect(choices[0]?.message.content).toBe('{"name":"Sarah Chen","age":29}');
  });

  it("answers with the facts where an object is asked for and no schema is given", async () => {
    const messages = [{ role: "system" as const, content: "Answer in JSON." }, user("Ada lives in London.")];
    const { choices } = await ask({ messages, response_format: { type: "json_object" } });
    expect(JSON.parse(choices[0]!.message.content!)).toMatchObject({ people: ["Ada"], places: ["London"] });
  });

  it("puts the JSON into a fenced block with a sentence before it where the instructions ask for one", async () => {
    const messages = [
      { ...DESCRIBED, content: `${DESCRIBED.content}\nPut it into a \`\`\`json code block.` },
      user(TEXT),
    ];
    const content = 'Here is what the text says:\n\n```json\n{\n  "name": "Sarah Chen",\n  "age": 29\n}\n```';
    expect((await ask({ messages })).choices[0]?.message.content).toBe(content);
    const chunks = await chunksOf({ messages });
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("")).toBe(content);
  });

  it("cuts arguments at max_tokens and says length", async () => {
    const { choices, usage } = await ask({
      tools: [tool("Person", PERSON)],
      tool_choice: FORCED,
      max_completion_tokens: 4,
    });
    expect(choices[0]?.message.tool_calls).toMatchObject([{ function: { arguments: '{"name":"Sarah' } }]);
    expect(choices[0]?.finish_reason).toBe("length");
    expect(usage?.completion_tokens).toBe(1 + 4);
  });

  const OPEN = { ...PERSON, additionalProperties: undefined };
  const HALF = { ...PERSON, required: ["name"] };
  const inList = { type: "object", properties: { items: { type: "array", items: HALF } }, required: ["items"] };
  const call = { id: "call_1", type: "function" as const, function: { name: "Person", arguments: "{}" } };
  const refusals: [string, object, string, string][] = [
    ["an empty list of tools", { tools: [] }, "[] is too short - 'tools'", "tools"],
    [
      "a choice without tools",
      { tool_choice: "auto" },
      "'tool_choice' is only allowed when 'tools' are specified.",
      "tool_choice",
    ],
    [
      "a choice of no tool",
      { tools: [tool("Invoice", INVOICE)], tool_choice: FORCED },
      "Tool choice 'Person' not found in 'tools' parameter.",
      "tool_choice",
    ],
    [
      "a strict schema with an open object",
      { tools: [tool("Person", OPEN, true)] },
      "Invalid schema for function 'Person': In context=(), 'additionalProperties' is required to be supplied and to be false.",
      "tools[0].function.parameters",
    ],
    [
      "a strict schema with an optional property, however deep",
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "people", strict: true, schema: { ...inList, additionalProperties: false } },
        },
      },
      "Invalid schema for response_format 'people': In context=('properties', 'items', 'items'), 'required' is required to be supplied and to be an array including every key in properties. Missing 'age'.",
      "response_format",
    ],
    [
      "an object without the word for it",
      { response_format: { type: "json_object" } },
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      "messages",
    ],
    [
      "a call that nobody answered",
      { messages: [user(TEXT), { role: "assistant", content: null, tool_calls: [call] }, user("And?")] },
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
      "messages.[2].role",
    ],
    [
      "the answer of a tool that was not called",
      { messages: [user(TEXT), { role: "tool", tool_call_id: "call_1", content: "7" }] },
      "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
      "messages.[1].role",
    ],
  ];

  it.each(refusals)("refuses %s as OpenAI does", async (_case, body, message, param) => {
    await expect(ask(body)).rejects.toMatchObject({ status: 400, error: { message, param } });
  });
});
