/**
 * Spandrel: decorate a method, read its trace. Everything to annotate with, and `startTelemetry`.
 *
 * @packageDocumentation
 */
export {
  bindContext,
  extractLinks,
  injectContext,
  propagateAttributes,
  withExtractedContext,
} from "./context/index.js";
export type { CarriedAttribute, Carrier, OnlyKnown, PropagatedAttributes } from "./context/index.js";
export { SpanBuffer, getClient } from "./client/index.js";
export type {
  BufferTrace,
  Client,
  CreateSpanOptions,
  GivenAttributes,
  SpanUpdate,
  StartSpanOptions,
} from "./client/index.js";
export {
  Agent,
  PropagateAttributes,
  StreamingAgent,
  StreamingTask,
  StreamingTool,
  StreamingWorkflow,
  Task,
  Tool,
  Workflow,
  traced,
} from "./decorators/index.js";
export type {
  AnyMethod,
  ClassOptions,
  ClassTracer,
  DecoratorMisuse,
  MethodTracer,
  SpanDecorator,
  SpanDecoratorFactory,
  StreamClassOptions,
  StreamDecorator,
  StreamDecoratorFactory,
  TracedOptions,
} from "./decorators/index.js";
export { AlreadyStartedError, DecoratorMisuseError, InvalidOptionError, SpandrelError } from "./errors.js";
export type { InstrumentName } from "./instruments/index.js";
export type { ExportFilter, ExportFilterCondition, ExportFilterOperator, LogLevel } from "./internal/index.js";
export type { EditableSpan, ReadableSpan } from "./otlp/index.js";
export type {
  AutoFlush,
  DropReason,
  DurableOptions,
  ProcessorHandle,
  ProcessorLedger,
  ProcessorOptions,
  QueueOptions,
  SpanProcessor,
} from "./processors/index.js";
export type { EntityKind, ProcessorName, Register, SpanOptions, StreamOptions } from "./span/index.js";
export { startTelemetry } from "./telemetry/index.js";
export type { CaptureOptions, RedactOptions, Telemetry, TelemetryOptions, TelemetryStatus } from "./telemetry/index.js";
