"use strict";
// The columns of a call: what a user asks for. Plain JavaScript, because the measured processes run without a compiler.
const { z } = require("zod");

const messages = [{ role: "user", content: "Which colour?" }];
const input = "Which colour?";
const person = z.object({ name: z.string(), age: z.number() });
const parameters = { type: "object", properties: { city: { type: "string" } } };

const chatItem = (chunk) => chunk.choices[0]?.delta.content ?? "";

/**
 * `plain` awaits one answer, `stream` an iterable of items, `helper` is handed one at once. `scenario` is the fixture
 * server's name for its success, `retried` for a 429 before it.
 */
const OPERATIONS = [
  {
    name: "chat",
    kind: "plain",
    scenario: "text",
    call: ({ client }, model, options) => client.chat.completions.create({ model, messages }, options),
    read: (completion) => completion.choices[0].message.content,
  },
  {
    name: "chat stream",
    kind: "stream",
    scenario: "text",
    call: ({ client }, model, options) =>
      client.chat.completions.create(
        { model, messages, stream: true, stream_options: { include_usage: true } },
        options,
      ),
    item: chatItem,
  },
  {
    name: "chat.parse",
    kind: "plain",
    scenario: "json",
    retried: "rate-limited-json",
    call: ({ client, helpers }, model, options) =>
      client.chat.completions.parse(
        { model, messages, response_format: helpers.zodResponseFormat(person, "person") },
        options,
      ),
    read: (completion) => completion.choices[0].message.parsed,
  },
  {
    name: "chat.stream()",
    kind: "helper",
    scenario: "text",
    call: ({ client }, model, options) =>
      client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } }, options),
    item: chatItem,
    last: async (runner) => (await runner.finalChatCompletion()).choices[0].message.content,
  },
  {
    name: "chat with tools",
    kind: "plain",
    scenario: "tools",
    call: ({ client }, model, options) =>
      client.chat.completions.create(
        { model, messages, tools: [{ type: "function", function: { name: "get_weather", parameters } }] },
        options,
      ),
    read: (completion) =>
      completion.choices[0].message.tool_calls?.map((call) => call.function.arguments) ??
      completion.choices[0].message.content,
  },
  {
    name: "responses",
    kind: "plain",
    scenario: "text",
    call: ({ client }, model, options) => client.responses.create({ model, input }, options),
    read: (response) => response.output_text,
  },
  {
    name: "responses stream",
    kind: "stream",
    scenario: "text",
    call: ({ client }, model, options) => client.responses.create({ model, input, stream: true }, options),
    item: (event) =>
      event.type === "error" ? `[${event.message}]` : typeof event.delta === "string" ? event.delta : "",
  },
  {
    name: "responses.parse",
    kind: "plain",
    scenario: "json",
    retried: "rate-limited-json",
    call: ({ client, helpers }, model, options) =>
      client.responses.parse({ model, input, text: { format: helpers.zodTextFormat(person, "person") } }, options),
    read: (response) => response.output_parsed,
  },
  {
    name: "embeddings",
    kind: "plain",
    scenario: "text",
    call: ({ client }, model, options) => client.embeddings.create({ model, input }, options),
    read: (answer) => answer.data[0].embedding,
  },
];

module.exports = { OPERATIONS };
