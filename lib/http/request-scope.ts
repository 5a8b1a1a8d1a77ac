import {
  type Context,
  type Span,
  type SpanContext,
  SpanKind,
  TraceFlags,
  type Tracer,
  context,
  trace,
} from "@opentelemetry/api";
import {
  type Carrier,
  type PropagatedAttributes,
  currentTracer,
  enterScope,
  holdAttributes,
  readSpanContext,
  runtime,
  scopeAttributes,
  scopeOf,
  stampSpan,
  withExtractedContext,
} from "../context/index.js";
import { contain, log } from "../internal/index.js";
import { type IncomingRequest, describeRequest, nameOfMethod } from "./incoming-request.js";
import type { RequestSettings } from "./request-options.js";
import { ServerSpan } from "./server-span.js";

/** What one request runs in. */
export interface RequestScope {
  readonly context: Context;
  /** Undefined where somebody else's span is recording already, or none is wanted. */
  readonly span: ServerSpan | undefined;
}

/**
 * This opens the scope of one request: reads whose it is, and what it continues, and starts its span where no other is
 * recording. `given` is the request as `attributes` takes it. Undefined where that failed, which has been said: the
 * request then runs as it would without us.
 */
export function enterRequest<Req>(
  settings: RequestSettings<Req>,
  given: Req,
  read: () => IncomingRequest,
): RequestScope | undefined {
  try {
    return openScope(settings, given, read());
  } catch (error) {
    contain("SPANDREL_REQUEST_FAILED", "reading a request", error);
    return undefined;
  }
}

function openScope<Req>(settings: RequestSettings<Req>, given: Req, incoming: IncomingRequest): RequestScope {
  const active = withoutEndedSpan(context.active());
  const outer = trace.getSpan(active);
  const isOpened = outer?.isRecording() === true;
  const own = holdAttributes(ownAttributes(settings, given));
  const scoped = context.with(active, () =>
    withExtractedContext(trustedPart(settings, incoming, isOpened), () => own(() => context.active())),
  );
  if (isOpened) stampServerSpan(outer, scoped);
  const tracer = settings.isTraced && !isOpened ? currentTracer() : undefined;
  return tracer === undefined ? { context: scoped, span: undefined } : startSpan(settings, tracer, scoped, incoming);
}

function startSpan<Req>(
  settings: RequestSettings<Req>,
  tracer: Tracer,
  scoped: Context,
  incoming: IncomingRequest,
): RequestScope {
  const isContentCaptured = runtime.isContentCaptured && scopeOf(scoped).isContentCaptured;
  const attributes = {
    ...scopeAttributes(scoped),
    ...describeRequest(incoming, settings.isQueryCaptured && isContentCaptured),
  };
  const link = settings.trustIncoming === "link" ? readSpanContext(incoming.carrier) : undefined;
  const links = link === undefined ? [] : [{ context: link }];
  const name = nameOfMethod(incoming.method);
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes, links }, scoped);
  return { context: trace.setSpan(scoped, span), span: new ServerSpan(span, name) };
}

/** A service that was started inside a traced call would have all its requests below that, long after its end. */
function withoutEndedSpan(active: Context): Context {
  const span = trace.getSpan(active);
  if (span === undefined || span.isRecording() || !isOfThisProcess(span.spanContext())) return active;
  const { propagated, isContentCaptured } = scopeOf(active);
  return enterScope(trace.deleteSpan(active), {
    entityPath: "",
    workflowName: undefined,
    tag: undefined,
    propagated,
    isContentCaptured,
    isSampleDecided: false,
  });
}

/** One that is sampled and does not record has ended; what was left out by sampling stays left out. */
function isOfThisProcess({ traceFlags, isRemote }: SpanContext): boolean {
  return isRemote !== true && (traceFlags & TraceFlags.SAMPLED) !== 0;
}

/** Of a request that is in a trace already, by whoever opened its span, only the attributes are taken over. */
function trustedPart<Req>(settings: RequestSettings<Req>, { carrier }: IncomingRequest, isOpened: boolean): Carrier {
  if (settings.trustIncoming !== true) return {};
  return isOpened ? { baggage: carrier["baggage"] } : carrier;
}

function ownAttributes<Req>({ attributes }: RequestSettings<Req>, given: Req): PropagatedAttributes {
  if (attributes === undefined) return {};
  let own: unknown;
  try {
    own = attributes(given);
  } catch (error) {
    contain("SPANDREL_REQUEST_ATTRIBUTES_FAILED", "the `attributes` function of a request", error);
  }
  if (own === undefined || own === null) return {};
  if (typeof own === "object" && typeof (own as { then?: unknown }).then !== "function") return own;
  log.warn(
    "SPANDREL_REQUEST_ATTRIBUTES_UNUSABLE",
    "the `attributes` function of a request must return an object, at once: what it gave is left out. " +
      "Where it takes time to know them, call propagateAttributes in the handler",
  );
  // Nobody else will look at what it rejects with.
  Promise.resolve(own).catch(() => undefined);
  return {};
}

/** Only on the span of the request itself: another's may belong to many. */
function stampServerSpan(span: Span, scoped: Context): void {
  if ((span as { readonly kind?: unknown }).kind === SpanKind.SERVER) stampSpan(span, scoped);
}
