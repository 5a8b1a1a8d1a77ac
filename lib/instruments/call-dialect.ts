import type { Attributes, Span } from "@opentelemetry/api";

/** What one response, or one whole stream, says. */
export interface ResponseFacts {
  /** Everything but content. */
  readonly attributes: Attributes;
  /** The value of `gen_ai.output.messages` before it is JSON; undefined where there is no content to show. */
  readonly output?: unknown;
  /** Set when the provider answered with a failure although the client sees a success. */
  readonly failure?: { readonly type: string; readonly message: string } | undefined;
}

/** This reads the chunks of one stream as they pass. */
export interface ChunkReader {
  /** On the consumer's path: it keeps, it does not convert. */
  add(chunk: unknown): void;
  /** True once the provider has said that nothing is missing. */
  readonly isFinished: boolean;
  facts(): ResponseFacts;
}

/**
 * This says how the calls of one method of a client are read. Its functions are pure and may throw, as what they are
 * given is whatever the caller passed and the server sent; whoever calls them contains that.
 */
export interface CallDialect {
  readonly operation: "chat" | "embeddings";
  /** The model asked for. */
  readonly model: (request: unknown) => string | undefined;
  /** The span that the client itself has begun for this call and hands down in the method's options, if it did. */
  readonly ownSpan?: (options: unknown) => Span | undefined;
  /** Request attributes that are not content. `resource` is what the method was called on. */
  readonly describeRequest: (request: unknown, resource: unknown) => Attributes;
  /** The tools as the request has them, which are no content; undefined where there are none. */
  readonly describeTools?: (request: unknown) => unknown;
  /** Content of the request by attribute name, before it is JSON. */
  readonly describeContent: (request: unknown) => Readonly<Record<string, unknown>>;
  readonly describeResponse: (response: unknown) => ResponseFacts;
  /** `isContentCaptured` false: no text is to be kept. `maxChars` bounds each text. */
  readonly readChunks: ((isContentCaptured: boolean, maxChars: number) => ChunkReader) | undefined;
}
