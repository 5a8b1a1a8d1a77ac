import {
  type Fields,
  type MessagePart,
  fieldsOf,
  listOf,
  filePart,
  mediaPart,
  parseArguments,
  reasoningPart,
  textOf,
  textPart,
  toolCallPart,
  toolResponsePart,
} from "../instruments/index.js";

/** The parts of what a message, a tool's result or the system prompt holds: text, or a list of blocks. */
export function readContent(content: unknown): MessagePart[] {
  if (Array.isArray(content)) return content.flatMap(readBlock);
  return content === undefined || content === null || content === "" ? [] : [textPart(content)];
}

function readBlock(value: unknown): MessagePart[] {
  const block = fieldsOf(value);
  const type = textOf(block["type"]) ?? "unknown";
  switch (type) {
    case "text":
      return [textPart(block["text"])];
    case "thinking":
      return [reasoningPart(block["thinking"])];
    case "redacted_thinking":
      return [reasoningPart("[redacted by the provider]")];
    case "image":
    case "document":
      return readSource(type, fieldsOf(block["source"]));
    case "tool_use":
      return [toolCallPart(block["id"], block["name"], block["input"])];
    case "tool_result":
      return [readToolResult(block)];
    case "server_tool_use":
    case "mcp_tool_use":
      return [readServerCall(block)];
    default:
      if (type.endsWith("_tool_result")) return [readServerResult(type, block)];
      return [withoutSecrets({ ...block, type }) as MessagePart];
  }
}

/** A document may also be plain text, or blocks of its own. */
function readSource(modality: string, source: Fields): MessagePart[] {
  const { type, data, url, content, file_id: fileId, media_type: mimeType } = source;
  if (type === "text") return [textPart(data)];
  if (type === "content") return readContent(content);
  if (type === "file") return [filePart(modality, fileId)];
  return [mediaPart(modality, url ?? data, mimeType)];
}

function readToolResult(block: Fields): MessagePart {
  const { tool_use_id: id, content, is_error: isError } = block;
  const part = toolResponsePart(id, Array.isArray(content) ? readContent(content) : content);
  return isError === true ? ({ ...part, is_error: true } as MessagePart) : part;
}

/** A tool that the provider runs itself: web search, code execution, MCP, … */
function readServerCall({ id, name, input, server_name: server }: Fields): MessagePart {
  const call = {
    type: name,
    arguments: parseArguments(input),
    ...(server === undefined ? {} : { server_name: server }),
  };
  return { type: "server_tool_call", id, name, server_tool_call: call } as MessagePart;
}

function readServerResult(type: string, block: Fields): MessagePart {
  const response = { type, content: withoutSecrets(block["content"]) };
  return {
    type: "server_tool_call_response",
    id: block["tool_use_id"],
    server_tool_call_response: response,
  } as MessagePart;
}

/** Some results bring what only the provider can read, and much of it. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return listOf(value).map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("encrypted_")));
}
