import type { SpanKind } from "@opentelemetry/api";
import { type Attributes, type Link, type Span, type TimeInput, type Tracer, context } from "@opentelemetry/api";
import { scopeOf } from "../context/index.js";
import { contain, type ExportFilter } from "../internal/index.js";
import {
  ENTITY_NAME,
  ENTITY_PATH,
  ENTITY_VERSION,
  EXPORT_FILTER,
  PROCESSORS,
  SPAN_KIND,
  WORKFLOW_NAME,
} from "../semconv.js";
import type { EntityKind, ProcessorName } from "../span/index.js";
import { readOption } from "./read-option.js";
import { type GivenAttributes, toAttributes } from "./to-attributes.js";

/** These options describe a span that is started by hand. */
export interface StartSpanOptions {
  /**
   * `"workflow"`, `"task"`, `"agent"` or `"tool"` makes it a span like a decorated method's; a number is OpenTelemetry's
   * kind. Default: a plain span of kind INTERNAL.
   */
  readonly kind?: EntityKind | SpanKind | undefined;
  /** Values that are no attribute values are written as JSON. */
  readonly attributes?: GivenAttributes | undefined;
  /** The processors it goes to, and no others. Default: its parent's. */
  readonly processors?: ProcessorName | readonly ProcessorName[] | undefined;
  /** Ended, it is not exported unless it matches. */
  readonly exportFilter?: ExportFilter | undefined;
  /** Links to other spans. */
  readonly links?: readonly Link[] | undefined;
  /** An integer, written as `traceloop.entity.version`. */
  readonly version?: number | undefined;
  /** Default now. */
  readonly startTime?: TimeInput | undefined;
  /** `true` begins a trace of its own. */
  readonly root?: boolean | undefined;
}

/** Starts a span below the active one without making it active. Never throws: an option that cannot be read is left out. */
export function startManualSpan(tracer: Tracer, name: string, given: StartSpanOptions): Span {
  const options = given ?? {};
  try {
    const { kind, startTime, root } = options;
    const links = readOption("startSpan", "links", () => options.links && [...options.links]);
    return tracer.startSpan(name, {
      attributes: spanAttributes(name, options),
      ...(typeof kind === "number" ? { kind } : {}),
      ...(links === undefined ? {} : { links }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(root === undefined ? {} : { root }),
    });
  } catch (error) {
    contain("SPANDREL_SPAN_MISUSED", "starting a span with these options", error);
    return tracer.startSpan(name);
  }
}

function spanAttributes(name: string, options: StartSpanOptions): Attributes {
  const { kind, version, processors } = options;
  const exportFilter = readOption(
    "startSpan",
    "exportFilter",
    () => options.exportFilter && JSON.stringify(options.exportFilter),
  );
  return {
    ...(typeof kind === "string" ? entityAttributes(kind, name) : {}),
    ...(version === undefined ? {} : { [ENTITY_VERSION]: version }),
    ...(processors === undefined ? {} : { [PROCESSORS]: [processors].flat() }),
    ...(exportFilter === undefined ? {} : { [EXPORT_FILTER]: exportFilter }),
    ...readOption("startSpan", "attributes", () => toAttributes(options.attributes ?? {})),
  };
}

function entityAttributes(kind: EntityKind, name: string): Attributes {
  const { entityPath, workflowName } = scopeOf(context.active());
  const isPathEntry = kind === "task" || kind === "tool";
  const workflow = isPathEntry ? workflowName : name;
  return {
    [SPAN_KIND]: kind,
    [ENTITY_NAME]: name,
    [ENTITY_PATH]: isPathEntry ? (entityPath === "" ? name : `${entityPath}.${name}`) : entityPath,
    ...(workflow === undefined ? {} : { [WORKFLOW_NAME]: workflow }),
  };
}
