import { fieldsOf, listOf } from "../instruments/index.js";
import { type JsonChannel, answerIssue } from "./json-channel.js";
import { readToolCalls, toAssistantTurn, toFunction, toToolTurn } from "./tool-calls.js";

/** This asks for the arguments of one function, which the model has to call. */
export const TOOL_CHANNEL: JsonChannel = {
  isStrict: false,

  fields: (schema) => ({
    tools: [toFunction(schema)],
    tool_choice: { type: "function", function: { name: schema.name } },
  }),

  instruct: (messages) => messages,

  read(message, { name }) {
    const calls = readToolCalls(message);
    const [call] = calls;
    if (call === undefined) return { issues: [answerIssue("no_tool_call", `Call the function ${name}`)] };
    if (calls.length > 1) {
      return { issues: [answerIssue("multiple_tool_calls", `Call ${name} once, not ${calls.length} times`)] };
    }
    if (call.name !== name) return { issues: [answerIssue("no_tool_call", `Call ${name}, and no other function`)] };
    return { text: call.argumentsText };
  },

  openFeed({ name }) {
    let index: unknown;
    let isFound = false;
    return (delta) => {
      let text = "";
      for (const value of listOf(delta["tool_calls"])) {
        const piece = fieldsOf(value);
        const called = fieldsOf(piece["function"]);
        if (!isFound && called["name"] === name) {
          isFound = true;
          index = piece["index"];
        }
        if (isFound && piece["index"] === index && typeof called["arguments"] === "string") text += called["arguments"];
      }
      return text;
    };
  },

  correct(message, issues, { name }) {
    const calls = readToolCalls(message);
    const what = `This is not valid:\n${issues}\nCall ${name} again, with all of it put right.`;
    if (calls.length === 0) return [toAssistantTurn(message), { role: "user", content: what }];
    return [toAssistantTurn(message), ...calls.map((call) => toToolTurn(call, what))];
  },
};
