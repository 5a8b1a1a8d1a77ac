/**
 * This module names every attribute and event that Spandrel writes; nothing else in the code spells one.
 *
 * Sources: the `traceloop.*` and `respan.*` names are those the Respan backend reads; the others are OpenTelemetry
 * semantic conventions 1.4x ("General attributes", "Exceptions", "Code", "Deployment", "Session", "User", "HTTP").
 */

/** `workflow`, `task`, `agent` or `tool`. */
export const SPAN_KIND = "traceloop.span.kind";
/** The span's own name: `Class.method` unless the decorator says otherwise. */
export const ENTITY_NAME = "traceloop.entity.name";
/** Names of the enclosing tasks and tools, dot-joined; empty on a root workflow. */
export const ENTITY_PATH = "traceloop.entity.path";
/** The `version` option of the decorator, an integer. */
export const ENTITY_VERSION = "traceloop.entity.version";
/** JSON object of the arguments by parameter name. */
export const ENTITY_INPUT = "traceloop.entity.input";
/** JSON of the result, or of what a stream yielded. */
export const ENTITY_OUTPUT = "traceloop.entity.output";
/** Name of the nearest enclosing workflow or agent, the span itself included. */
export const WORKFLOW_NAME = "traceloop.workflow.name";

/** Names of the processors a span is routed to, a string array. */
export const PROCESSORS = "respan.processors";
/** JSON of the decorator's `exportFilter`. */
export const EXPORT_FILTER = "respan.export_filter";
/** The `sampleRate` a trace was sampled by, a number from 0 to 1. */
export const SAMPLE_RATE = "respan.sample_rate";

export const CUSTOMER_IDENTIFIER = "respan.customer_params.customer_identifier";
export const CUSTOMER_EMAIL = "respan.customer_params.email";
export const CUSTOMER_NAME = "respan.customer_params.name";
export const USER_ID = "user.id";
export const THREAD_IDENTIFIER = "respan.threads.thread_identifier";
export const SESSION_IDENTIFIER = "respan.sessions.session_identifier";
/** The session if one is given, otherwise the thread. */
export const SESSION_ID = "session.id";
export const TRACE_GROUP_IDENTIFIER = "respan.trace.trace_group_identifier";
export const CUSTOM_IDENTIFIER = "respan.span_params.custom_identifier";
export const EVALUATION_IDENTIFIER = "respan.evaluation_params.evaluation_identifier";
export const DEPLOYMENT_ENVIRONMENT = "deployment.environment.name";
export const RESPAN_ENVIRONMENT = "respan.environment";
export const PROMPT = "respan.prompt";
export const PROPERTIES = "respan.properties";
/** Prefix of one attribute per metadata key. */
export const METADATA_PREFIX = "respan.metadata.";

/** `Class.method` of the decorated method, whatever the span is called. */
export const CODE_FUNCTION_NAME = "code.function.name";
export const ERROR_TYPE = "error.type";

/** Name of the event that records a thrown value. */
export const EXCEPTION_EVENT = "exception";
export const EXCEPTION_TYPE = "exception.type";
export const EXCEPTION_MESSAGE = "exception.message";
export const EXCEPTION_STACKTRACE = "exception.stacktrace";

/** How many chunks a stream yielded. */
export const STREAM_CHUNK_COUNT = "spandrel.stream.chunk_count";
/** Milliseconds from the start of the span to the first chunk. */
export const STREAM_TIME_TO_FIRST_CHUNK = "spandrel.stream.time_to_first_chunk_ms";
/** `completed`, `returned`, `failed` or `abandoned`. */
export const STREAM_OUTCOME = "spandrel.stream.outcome";
/** JSON of the value a generator returned, where it returned one. */
export const STREAM_RETURN_VALUE = "spandrel.stream.return_value";
/** Name of the event per chunk that `chunkEvents` asks for. */
export const STREAM_CHUNK_EVENT = "spandrel.stream.chunk";
/** Position of the chunk, from 0. */
export const STREAM_CHUNK_INDEX = "spandrel.stream.chunk.index";
/** Milliseconds from the start of the span to this chunk. */
export const STREAM_CHUNK_OFFSET = "spandrel.stream.chunk.offset_ms";

/** Resource attribute with the application's name. */
export const SERVICE_NAME = "service.name";

/** Marks a span or event whose time could not be written: `start`, `end`, `start,end` or, on an event, `time`. */
export const INVALID_TIME = "spandrel.invalid_time";

// Calls of a model: OpenTelemetry GenAI semantic conventions (repository semantic-conventions-genai, docs/gen-ai,
// "client inference" and "openai", status Development, read in 2026). The package of constants marks these names as
// moved, which is why they are spelt here.

/** `chat` or `embeddings`. */
export const GEN_AI_OPERATION = "gen_ai.operation.name";
/** `openai`, `azure.ai.openai`, `anthropic`, …: whose API is spoken. */
export const GEN_AI_PROVIDER = "gen_ai.provider.name";
/** The thread of `propagateAttributes`. */
export const GEN_AI_CONVERSATION_ID = "gen_ai.conversation.id";
/** `text` or `json`: what was asked for. */
export const GEN_AI_OUTPUT_TYPE = "gen_ai.output.type";
export const GEN_AI_REQUEST_MODEL = "gen_ai.request.model";
export const GEN_AI_REQUEST_STREAM = "gen_ai.request.stream";
export const GEN_AI_REQUEST_SEED = "gen_ai.request.seed";
export const GEN_AI_REQUEST_CHOICE_COUNT = "gen_ai.request.choice.count";
export const GEN_AI_REQUEST_TEMPERATURE = "gen_ai.request.temperature";
export const GEN_AI_REQUEST_TOP_P = "gen_ai.request.top_p";
export const GEN_AI_REQUEST_TOP_K = "gen_ai.request.top_k";
export const GEN_AI_REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
export const GEN_AI_REQUEST_STOP_SEQUENCES = "gen_ai.request.stop_sequences";
export const GEN_AI_REQUEST_FREQUENCY_PENALTY = "gen_ai.request.frequency_penalty";
export const GEN_AI_REQUEST_PRESENCE_PENALTY = "gen_ai.request.presence_penalty";
export const GEN_AI_REQUEST_REASONING_LEVEL = "gen_ai.request.reasoning.level";
export const GEN_AI_REQUEST_ENCODING_FORMATS = "gen_ai.request.encoding_formats";
export const GEN_AI_EMBEDDINGS_DIMENSION_COUNT = "gen_ai.embeddings.dimension.count";
export const GEN_AI_RESPONSE_ID = "gen_ai.response.id";
export const GEN_AI_RESPONSE_MODEL = "gen_ai.response.model";
/** One per choice, a string array. */
export const GEN_AI_RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons";
/** Seconds from the start of the call to the first chunk of its stream. */
export const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
/** All input tokens, cached ones included. */
export const GEN_AI_USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
/** All output tokens, reasoning included. */
export const GEN_AI_USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
/** Part of the input tokens. */
export const GEN_AI_USAGE_CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens";
/** Part of the input tokens. */
export const GEN_AI_USAGE_CACHE_CREATION_TOKENS = "gen_ai.usage.cache_creation.input_tokens";
/** Part of the output tokens. */
export const GEN_AI_USAGE_REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens";
/** JSON: a list of `{ role, parts }`. */
export const GEN_AI_INPUT_MESSAGES = "gen_ai.input.messages";
/** JSON: a list of `{ role, parts, finish_reason }`, one per choice. */
export const GEN_AI_OUTPUT_MESSAGES = "gen_ai.output.messages";
/** JSON: a list of parts; instructions that the API takes apart from the messages. */
export const GEN_AI_SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions";
/** JSON: the tools as the request has them. */
export const GEN_AI_TOOL_DEFINITIONS = "gen_ai.tool.definitions";
/** `chat_completions` or `responses`. */
export const OPENAI_API_TYPE = "openai.api.type";
export const OPENAI_REQUEST_SERVICE_TIER = "openai.request.service_tier";
export const OPENAI_RESPONSE_SERVICE_TIER = "openai.response.service_tier";
export const OPENAI_RESPONSE_SYSTEM_FINGERPRINT = "openai.response.system_fingerprint";
/** Host of the API. */
export const SERVER_ADDRESS = "server.address";
export const SERVER_PORT = "server.port";
/** Status of the response, or of the one before a retry. */
export const HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
/** How many times the request has been sent again, the retry of this event included. */
export const HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
/** The provider's id of the request, for its support. */
export const REQUEST_ID = "spandrel.request.id";
/** Name of the event for each time the client sends a request again by itself. */
export const CLIENT_RETRY_EVENT = "spandrel.client.retry";
/** `headers` when the caller took the raw response, so that nothing of its body is known. */
export const RESPONSE_READ = "spandrel.response.read";
/** `LLM`, `EMBEDDING`, …, as OpenInference's instrumentations write it. */
export const OPENINFERENCE_SPAN_KIND = "openinference.span.kind";
/** `chat`, `completion`, …, as older instrumentations write it. */
export const LLM_REQUEST_TYPE = "llm.request.type";

// Structured extraction.

/** JSON: the response schema as functions, `[{ type, function: { name, description, parameters } }]`, as Respan reads it. */
export const LLM_REQUEST_FUNCTIONS = "llm.request.functions";
/** `tools`, `json_schema`, `json`, `md_json` or `parallel_tools`. */
export const INSTRUCTOR_MODE = "spandrel.instructor.mode";
/** How many requests were made. */
export const INSTRUCTOR_ATTEMPTS = "spandrel.instructor.attempts";
/** `valid`, `invalid`, `refused`, `incomplete`, `cut`, `error` or `cancelled`. */
export const INSTRUCTOR_OUTCOME = "spandrel.instructor.outcome";
/** Milliseconds from the start of the span to the first valid item, or the first snapshot, that was handed over. */
export const INSTRUCTOR_TIME_TO_FIRST_ITEM = "spandrel.instructor.time_to_first_item_ms";
/** How many invalid items were left out. */
export const INSTRUCTOR_ITEMS_SKIPPED = "spandrel.instructor.items_skipped";
/** Tokens of all attempts. Not `gen_ai.usage.*`, which the attempts' own spans have and backends sum up. */
export const TOTAL_INPUT_TOKENS = "spandrel.usage.input_tokens";
export const TOTAL_OUTPUT_TOKENS = "spandrel.usage.output_tokens";
export const TOTAL_TOKENS = "spandrel.usage.total_tokens";
/** Name of the event for each answer, or item of a list, that is not valid. */
export const VALIDATION_FAILED_EVENT = "validation.failed";
/** Which attempt, from 1. */
export const VALIDATION_ATTEMPT = "spandrel.validation.attempt";
/** Position of the item in its list, from 0. */
export const VALIDATION_ITEM = "spandrel.validation.item";
/** How many issues there are; the next three have the first 20 of them, in one order. */
export const VALIDATION_ISSUE_COUNT = "spandrel.validation.issue_count";
/** Dot-joined; empty for the value itself. */
export const VALIDATION_PATHS = "spandrel.validation.paths";
export const VALIDATION_CODES = "spandrel.validation.codes";
/** Content: they may quote the value. */
export const VALIDATION_MESSAGES = "spandrel.validation.messages";

/** Tokens of a model call: the current name, its predecessor that older instrumentations write, and an extraction's total. */
export const INPUT_TOKENS = [GEN_AI_USAGE_INPUT_TOKENS, "gen_ai.usage.prompt_tokens", TOTAL_INPUT_TOKENS];
export const OUTPUT_TOKENS = [GEN_AI_USAGE_OUTPUT_TOKENS, "gen_ai.usage.completion_tokens", TOTAL_OUTPUT_TOKENS];
/** Attributes that only the span of a model call has. */
export const MODEL_CALL_SIGNS = [GEN_AI_OPERATION, GEN_AI_REQUEST_MODEL, LLM_REQUEST_TYPE];

// What telemetry says of itself. The metrics and their attributes are OpenTelemetry's ("SDK metrics", docs/otel, status
// Development, read in 2026).

/** JSON: the ledger of every processor, on the resource of a line without spans that ends a trace file's run. */
export const LEDGER = "spandrel.ledger";
/** Random id of one `startTelemetry`, so that the ledgers of several are told apart. */
export const LEDGER_PROCESS = "spandrel.ledger.process";
/** When the ledger was read, ISO 8601 in UTC. */
export const LEDGER_TIME = "spandrel.ledger.time";
/** Spans that a processor is done with; `error.type` says why the others never came to the exporter. */
export const PROCESSED_SPANS = "otel.sdk.processor.span.processed";
export const QUEUED_SPANS = "otel.sdk.processor.span.queue.size";
/** Spans whose export is over; `error.type` says why the others failed. */
export const EXPORTED_SPANS = "otel.sdk.exporter.span.exported";
export const IN_FLIGHT_SPANS = "otel.sdk.exporter.span.inflight";
/** Name of the processor. */
export const COMPONENT_NAME = "otel.component.name";
export const COMPONENT_TYPE = "otel.component.type";

// Schemas that are traced by `traceSchema`. What was wrong with a value has the names of an extraction's, above.

/** Name of the schema: its title or id, else its type, or what `traceSchema` was told. */
export const VALIDATION_SCHEMA = "spandrel.validation.schema";
/** Which method of the schema was called: `parse`, `safeParseAsync`, `~standard.validate`, … */
export const VALIDATION_METHOD = "spandrel.validation.method";
/** `valid`, `invalid`, or `error` where something was thrown that says nothing of the value. */
export const VALIDATION_OUTCOME = "spandrel.validation.outcome";
/** `warn`, on the event: the span of a value that is not valid has no error. */
export const VALIDATION_SEVERITY = "spandrel.validation.severity";
/** The counter of all validations, by schema, method and outcome. */
export const VALIDATIONS = "spandrel.validations";

// Requests that a service answers: HTTP semantic conventions ("HTTP server span", stable, read in 2026).

/** One of the methods of RFC 9110 or PATCH; `_OTHER` for any other. */
export const HTTP_REQUEST_METHOD = "http.request.method";
/** The method as it was sent, where the one above is `_OTHER`. */
export const HTTP_REQUEST_METHOD_ORIGINAL = "http.request.method_original";
/** The pattern that matched, as the framework writes it. */
export const HTTP_ROUTE = "http.route";
export const URL_PATH = "url.path";
/** Without its `?`; written on demand only. */
export const URL_QUERY = "url.query";
/** `http` or `https`. */
export const URL_SCHEME = "url.scheme";
export const USER_AGENT_ORIGINAL = "user_agent.original";
/** `1.0`, `1.1` or `2`. */
export const NETWORK_PROTOCOL_VERSION = "network.protocol.version";
/** `completed`, `closed`, `failed` or `abandoned`: how the response ended. */
export const HTTP_OUTCOME = "spandrel.http.outcome";
