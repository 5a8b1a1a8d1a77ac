import OpenAI from "openai";
import { startLocalOpenAI, type LocalOpenAI } from "../../samples/local-openai/server";

const MAIL =
  "Marta Kowalska from Fabrikam GmbH wrote: please call me at (079) 123 45 67 or write to marta (at) fabrikam.example " +
  "by next Friday.";
const text = { type: "string" };
const object = (properties: Record<string, object>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const CONTACT = object({ name: text, email: text, phone: text, due_date: text });
const LINE = object({ sku: text, quantity: { type: "integer" }, unit_price_usd: { type: "number" } });
const INVOICE = object({ line_items: { type: "array", items: LINE }, total_usd: { type: "number" } });
const TODAY = { role: "system" as const, content: "Today is 2026-11-21." };

describe("the local OpenAI server, told what is wrong with its answer", () => {
  let server: LocalOpenAI;
  let openai: OpenAI;

  beforeAll(async () => {
    server = await startLocalOpenAI({ delayMillis: 0, chunkDelayMillis: 0 });
    openai = new OpenAI({ apiKey: "none", baseURL: server.url, maxRetries: 0 });
  });
  afterAll(() => server.close());

  const toolOf = (name: string, parameters: Record<string, unknown>): OpenAI.ChatCompletionTool => {
    return { type: "function", function: { name, parameters } };
  };

  /** Answers each round's issues as a client does that validates, and returns the arguments of every round. */
  async function converse(schema: Record<string, unknown>, content: string, rounds: readonly string[]) {
    const messages: OpenAI.ChatCompletionMessageParam[] = [TODAY, { role: "user", content }];
    const answers: unknown[] = [];
    for (const issues of [...rounds, ""]) {
      const { choices } = await openai.chat.completions.create({
        model: "local-rules-1",
        messages,
        tools: [toolOf("answer", schema)],
        tool_choice: { type: "function", function: { name: "answer" } },
      });
      const { message } = choices[0]!;
      const [call] = message.tool_calls!;
      answers.push(call?.type === "function" && JSON.parse(call.function.arguments));
      messages.push(message, { role: "tool", tool_call_id: call!.id, content: `Not valid:\n${issues}\nCall again.` });
    }
    return answers;
  }

  it("first answers as the text has it, then as the message asks, issue by issue", async () => {
    const rounds = [
      "- email: Invalid email address\n- due_date: must be an ISO date",
      "- phone: must be E.164, such as +41791234567\n- name: must be written in capitals",
    ];
    const [first, second, third, ...more] = await converse(CONTACT, MAIL, rounds);
    expect(first).toEqual({
      name: "Marta Kowalska",
      email: "marta (at) fabrikam.example",
      phone: "(079) 123 45 67",
      due_date: "next Friday",
    });
    expect(second).toEqual({
      name: "Marta Kowalska",
      email: "marta@fabrikam.example",
      phone: "(079) 123 45 67",
      due_date: "2026-11-27",
    });
    expect(third).toEqual({
      name: "MARTA KOWALSKA",
      email: "marta@fabrikam.example",
      phone: "+41791234567",
      due_date: "2026-11-27",
    });
    expect(more).toEqual([]);
  });

  it.each([["- total_usd: must equal the sum of the lines"], ["- (root): The lines do not add up to the total"]])(
    "adds up a total that the text has wrong: %s",
    async (issue) => {
      const bill = "Invoice: 2 LOG-001 at 49.50 and 1 SEC-010 at 199.10. Total is 289.00.";
      const [first, second] = await converse(INVOICE, bill, [issue]);
      expect(first).toMatchObject({ total_usd: 289 });
      expect(second).toEqual({ ...(first as object), total_usd: 298.1 });
    },
  );

  const dates: [string, string][] = [
    ["today", "2026-11-21"],
    ["tomorrow", "2026-11-22"],
    ["Saturday", "2026-11-28"],
    ["in 2 weeks", "2026-12-05"],
    ["5 June", "2027-06-05"],
    ["June 5th, 2027", "2027-06-05"],
    ["24.12.2026", "2026-12-24"],
    ["2026-12-01", "2026-12-01"],
  ];
  it.each(dates)("writes %s as %s", async (written, iso) => {
    const answers = await converse(object({ due_date: text }), `It has to be done by ${written}.`, [
      "- due_date: use ISO dates",
    ]);
    expect(answers).toEqual([{ due_date: written }, { due_date: iso }]);
  });

  const messages: [string, string, string][] = [
    ["Too big: expected string to have <=20 characters", "ACME cannot log in and needs help.", "ACME cannot log in"],
    ["write it in upper case", "Globex called.", "GLOBEX CALLED."],
    ["use lower-case letters", "Globex called.", "globex called."],
    ["must rhyme", "Globex called.", "Globex called."],
  ];
  it.each(messages)("takes '%s' as far as it has a rule for it", async (message, content, corrected) => {
    const [first, second] = await converse(object({ summary: text }), content, [`- summary: ${message}`]);
    expect([first, second]).toEqual([{ summary: content }, { summary: corrected }]);
  });

  it("leaves a number without a country code as it is where nobody names one", async () => {
    const [first, second] = await converse(CONTACT, MAIL, ["- phone: must be E.164"]);
    expect(second).toEqual(first);
  });

  it("mends the item of a list that the path names, and no other", async () => {
    const people = object({ items: { type: "array", items: object({ name: text, age: { type: "integer" } }) } });
    const issue = "- items[1].name: must be in capitals\n- items[7].name: must be in capitals";
    const [, second] = await converse(people, "Ada is 36, Grace is 45 and Alan is 41.", [issue]);
    expect(second).toEqual({
      items: [
        { name: "Ada", age: 36 },
        { name: "GRACE", age: 45 },
        { name: "Alan", age: 41 },
      ],
    });
  });

  it("mends the one of several calls that a tool's message answers", async () => {
    const request = {
      model: "local-rules-1",
      tools: [toolOf("Person", object({ name: text, age: { type: "integer" } }))],
      tool_choice: "required" as const,
    };
    const user = { role: "user" as const, content: "Ada is 36, Grace is 45." };
    const { choices } = await openai.chat.completions.create({ ...request, messages: [user] });
    const { message } = choices[0]!;
    const [ada, grace] = message.tool_calls!;
    const answers = [
      { role: "tool" as const, tool_call_id: grace!.id, content: "- name: must be in capitals" },
      { role: "tool" as const, tool_call_id: ada!.id, content: "Valid." },
    ];
    const second = await openai.chat.completions.create({ ...request, messages: [user, message, ...answers] });
    const written = second.choices[0]!.message.tool_calls!.map((call) => {
      return call.type === "function" && call.function.arguments;
    });
    expect(written).toEqual(['{"name":"Ada","age":36}', '{"name":"GRACE","age":45}']);
  });

  it("reads issues from the user too, as clients write them that ask for JSON", async () => {
    const { choices } = await openai.chat.completions.create({
      model: "local-rules-1",
      messages: [
        { role: "user", content: "Globex called." },
        { role: "assistant", content: '{"customer":"Globex"}' },
        { role: "user", content: "Correct the JSON.\n\n- customer: must be in capitals" },
      ],
      response_format: {
        type: "json_schema",
        json_schema: { name: "t", schema: object({ customer: text }), strict: true },
      },
    });
    expect(choices[0]?.message.content).toBe('{"customer":"GLOBEX"}');
  });
});
