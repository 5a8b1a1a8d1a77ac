/**
 * This module names every attribute and event that Spandrel writes; nothing else in the code spells one.
 *
 * Sources: the `traceloop.*` and `respan.*` names are those the Respan backend reads; the others are OpenTelemetry
 * semantic conventions 1.4x ("General attributes", "Exceptions", "Code", "Deployment", "Session", "User").
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

/** Tokens of a model call: the current name, its predecessor that older instrumentations write, and an extraction's total. */
export const INPUT_TOKENS = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "spandrel.usage.input_tokens"];
export const OUTPUT_TOKENS = [
  "gen_ai.usage.output_tokens",
  "gen_ai.usage.completion_tokens",
  "spandrel.usage.output_tokens",
];
/** Attributes that only the span of a model call has. */
export const MODEL_CALL_SIGNS = ["gen_ai.operation.name", "gen_ai.request.model", "llm.request.type"];
