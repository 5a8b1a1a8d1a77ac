const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  404: "not_found_error",
  413: "request_too_large",
};

/** A refusal: the HTTP status, and the `error` object of either protocol. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  toOpenAIBody(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    const type = this.status >= 500 ? "server_error" : "invalid_request_error";
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }

  toAnthropicBody(): { type: "error"; error: { type: string; message: string } } {
    return { type: "error", error: { type: ANTHROPIC_TYPES[this.status] ?? "api_error", message: this.message } };
  }
}
