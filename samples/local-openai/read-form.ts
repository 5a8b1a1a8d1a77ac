import { ApiError } from "./api-error.js";
import { checkStrictSchema } from "./check-strict-schema.js";
import type { Form } from "./rules/answer-in-form.js";
import type { Wanted } from "./rules/extract/extract.js";
import { isSchema } from "./rules/extract/json-schema.js";
import { CHAT_MODEL } from "./rules-model.js";

type Body = Readonly<Record<string, unknown>>;

/** Reads from a request body which form the answer is to have; throws an `ApiError` where OpenAI would refuse. */
export function readForm(body: Body): Form {
  const { tools, tool_choice: choice = "auto", parallel_tool_calls: parallel, response_format: format } = body;
  if (tools !== undefined && choice !== "none") {
    const functions = readTools(tools);
    const isParallel = parallel !== false;
    if (choice === "auto") return { kind: "calls", functions, choice: "any", isParallel };
    if (choice === "required") return { kind: "calls", functions, choice: "some", isParallel };
    return { kind: "calls", functions: [findForced(functions, choice)], choice: "one", isParallel };
  }
  if (tools !== undefined) readTools(tools);
  else if (body["tool_choice"] !== undefined) {
    throw new ApiError(400, "'tool_choice' is only allowed when 'tools' are specified.", null, "tool_choice");
  }
  return format === undefined ? { kind: "text" } : readFormat(format, body["messages"]);
}

function readFormat(format: unknown, messages: unknown): Form {
  const { type, json_schema: wanted } = objectAt(format, "response_format");
  if (type === "text") return { kind: "text" };
  if (type === "json_schema") {
    const { name, schema, strict } = objectAt(wanted, "response_format.json_schema");
    const where = `Invalid schema for response_format '${String(name)}'`;
    return { kind: "json", wanted: readWanted({ name, schema, strict }, where, "response_format") };
  }
  if (type !== "json_object") throw new ApiError(400, "Unknown response format.", null, "response_format.type");
  if (!/json/i.test(JSON.stringify(messages))) {
    const rule =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    throw new ApiError(400, rule, null, "messages");
  }
  return { kind: "json" };
}

function readTools(tools: unknown): Wanted[] {
  if (!Array.isArray(tools) || tools.length === 0) {
    throw new ApiError(400, "[] is too short - 'tools'", null, "tools");
  }
  return tools.map((tool: unknown, index) => {
    const { type, function: definition } = objectAt(tool, `tools[${index}]`);
    if (type !== "function") {
      throw new ApiError(400, `${CHAT_MODEL} knows tools of the type 'function' only.`, null, `tools[${index}].type`);
    }
    const { name, parameters, strict } = objectAt(definition, `tools[${index}].function`);
    const where = `Invalid schema for function '${String(name)}'`;
    const schema = parameters ?? { type: "object", properties: {} };
    return readWanted({ name, schema, strict }, where, `tools[${index}].function.parameters`);
  });
}

function readWanted({ name, schema, strict }: Body, where: string, param: string): Wanted {
  if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name)) {
    throw new ApiError(400, "A name is 1 to 64 letters, digits, '_' or '-'.", "invalid_value", param);
  }
  if (!isSchema(schema) || schema.type !== "object") {
    throw new ApiError(400, `${where}: schema must be a JSON Schema of 'type: "object"'.`, null, param);
  }
  if (strict === true) checkStrictSchema(schema, where, param);
  return { name, schema, isStrict: strict === true };
}

function findForced(functions: readonly Wanted[], choice: unknown): Wanted {
  const { type, function: named } = objectAt(choice, "tool_choice");
  const { name } = type === "function" ? objectAt(named, "tool_choice.function") : { name: undefined };
  const found = functions.find((wanted) => wanted.name === name);
  if (found !== undefined) return found;
  throw new ApiError(400, `Tool choice '${String(name)}' not found in 'tools' parameter.`, null, "tool_choice");
}

function objectAt(value: unknown, param: string): Body {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw new ApiError(400, `Missing required parameter: '${param}'.`, "missing_required_parameter", param);
}
