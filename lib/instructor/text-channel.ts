import { type Fields, fieldsOf } from "../instruments/index.js";
import type { ResponseSchema } from "../response-schema/index.js";
import { type JsonAnswer, type JsonChannel, answerIssue } from "./json-channel.js";
import { JsonText } from "./json-text.js";
import { toAssistantTurn } from "./tool-calls.js";

/** The provider keeps the answer to the schema. */
export const JSON_SCHEMA_CHANNEL: JsonChannel = {
  ...answeredInText("Answer again, with all of it put right, in JSON only."),
  isStrict: true,
  fields: ({ name, description, jsonSchema }) => ({
    response_format: {
      type: "json_schema",
      json_schema: { name, ...(description === undefined ? {} : { description }), schema: jsonSchema, strict: true },
    },
  }),
};

/** The provider keeps the answer to JSON, and a message tells the schema. */
export const JSON_CHANNEL: JsonChannel = {
  ...answeredInText("Answer again, with all of it put right, in JSON only."),
  fields: () => ({ response_format: { type: "json_object" } }),
  instruct: (messages, schema) =>
    instruct(messages, schema, "Answer with one JSON object and nothing else. It has to be valid by this JSON Schema:"),
};

/** Nobody keeps the answer to anything: for models that have neither functions nor JSON. */
export const MARKDOWN_CHANNEL: JsonChannel = {
  ...answeredInText("Answer again, with all of it put right, in one ```json code block."),
  instruct: (messages, schema) =>
    instruct(
      messages,
      schema,
      "Answer with one JSON object in a ```json code block. It has to be valid by this JSON Schema:",
    ),
  read(message) {
    const answer = readContent(message);
    if (answer.text === undefined) return answer;
    const text = new JsonText().read(answer.text);
    return text === "" ? { issues: [answerIssue("no_json", "Answer with JSON in a ```json code block")] } : { text };
  },
  openFeed() {
    const json = new JsonText();
    return (delta) => json.read(contentOf(delta));
  },
};

function answeredInText(plea: string): JsonChannel {
  return {
    isStrict: false,
    fields: () => ({}),
    instruct: (messages) => messages,
    read: readContent,
    openFeed: () => contentOf,
    correct: (message, issues) => [
      toAssistantTurn(message),
      { role: "user", content: `This is not valid:\n${issues}\n${plea}` },
    ],
  };
}

function readContent(message: Fields): JsonAnswer {
  const text = contentOf(message);
  return text === "" ? { issues: [answerIssue("no_json", "The answer is empty. Answer with JSON")] } : { text };
}

function contentOf(message: Fields): string {
  const { content } = message;
  return typeof content === "string" ? content : "";
}

/** In the first system message, as some providers take but one. */
function instruct(messages: readonly Fields[], { jsonSchema }: ResponseSchema<unknown>, plea: string): Fields[] {
  const text = `${plea}\n${JSON.stringify(jsonSchema)}`;
  const [first, ...rest] = messages;
  const { role, content } = fieldsOf(first);
  if (first === undefined || (role !== "system" && role !== "developer")) {
    return [{ role: "system", content: text }, ...messages];
  }
  const content_ = Array.isArray(content)
    ? [...(content as unknown[]), { type: "text", text }]
    : `${String(content)}\n\n${text}`;
  return [{ ...first, content: content_ }, ...rest];
}
