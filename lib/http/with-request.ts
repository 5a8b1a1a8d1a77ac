import { type Context, context } from "@opentelemetry/api";
import { InvalidOptionError } from "../errors.js";
import { contain, log, shadowMethod } from "../internal/index.js";
import { type AnyFunction, type ResultKind, findMethod, imitate, resultKind } from "../span/index.js";
import type { Check } from "./check-options.js";
import { type FetchRequest, isFetchRequest, readFetchRequest } from "./fetch-request.js";
import { followFetchResponse, isFetchResponse } from "./follow-fetch-response.js";
import {
  REQUEST_CHECKS,
  type RequestContextOptions,
  type RequestSettings,
  readRequestOptions,
} from "./request-options.js";
import { enterRequest } from "./request-scope.js";
import type { ServerSpan } from "./server-span.js";
import { readThrownStatus } from "./thrown-answer.js";

/** The options of `withRequest`. */
export interface WithRequestOptions<Req = Request> extends RequestContextOptions<Req> {
  /** The pattern that leads to this handler, such as `/api/chat/[id]`, which a handler is not told. Default: none. */
  readonly route?: string | undefined;
}

const CHECKS: Readonly<Record<keyof WithRequestOptions, Check>> = {
  ...REQUEST_CHECKS,
  route: [(value) => typeof value === "string" && value !== "", "a route's pattern, such as /api/chat/[id]"],
};

/** One request, on its way. */
interface Exchange {
  readonly span: ServerSpan;
  readonly scope: Context;
  readonly method: string;
  readonly route: string | undefined;
}

/**
 * This gives each request of a fetch-style handler a context and a span of its own. The handler is what it was: its
 * `this`, name, length and arguments, the very Response it returns, what it throws. The span ends when the body of the
 * response has been read, or given up. Throws `InvalidOptionError`.
 *
 * @example
 * ```ts
 * export const POST = withRequest(async (request) => Response.json(await desk.handle(await request.json())));
 * ```
 */
export function withRequest<This, Req extends Request, Rest extends AnyArguments, Res>(
  handler: (this: This, request: Req, ...rest: Rest) => Res,
  options?: WithRequestOptions<Req>,
): (this: This, request: Req, ...rest: Rest) => Res {
  const given: unknown = handler;
  if (typeof given !== "function")
    throw new InvalidOptionError("withRequest handler", "a function of a Request", given);
  const settings = readRequestOptions("withRequest", options, CHECKS);
  const route = options?.route;
  const run = handler as AnyFunction;
  return imitate(run, (self, args) =>
    runHandler(settings as RequestSettings<unknown>, route, run, self, args),
  ) as typeof handler;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a handler is given besides is typed by the handler, or by its framework
type AnyArguments = any[];

function runHandler(
  settings: RequestSettings<unknown>,
  route: string | undefined,
  handler: AnyFunction,
  self: unknown,
  args: unknown[],
): unknown {
  const [request] = args;
  if (!isRequest(request)) return Reflect.apply(handler, self, args);
  const scope = enterRequest(settings, request, () => readFetchRequest(request));
  if (scope === undefined) return Reflect.apply(handler, self, args);
  const { span } = scope;
  if (span === undefined) return context.with(scope.context, apply, undefined, handler, self, args);
  const exchange = { span, scope: scope.context, method: request.method, route };
  let result: unknown;
  try {
    result = context.with(scope.context, apply, undefined, handler, self, args);
  } catch (error) {
    failed(exchange, error);
    throw error;
  }
  return followAnswer(exchange, result);
}

function isRequest(request: unknown): request is FetchRequest {
  try {
    if (isFetchRequest(request)) return true;
  } catch (error) {
    contain("SPANDREL_REQUEST_FAILED", "reading a request", error);
    return false;
  }
  log.warn(
    "SPANDREL_NO_REQUEST",
    "a handler of withRequest was called without a Request: it has run, untraced. " +
      "For Hono's handlers there is honoRequestContext, for Node's requestContext",
  );
  return false;
}

function apply(handler: AnyFunction, self: unknown, args: unknown[]): unknown {
  return Reflect.apply(handler, self, args);
}

/** Only a plain promise is replaced, by one that settles alike. */
function followAnswer(exchange: Exchange, result: unknown): unknown {
  switch (kindOf(result)) {
    case "promise":
      return (result as Promise<unknown>).then(
        (response) => {
          answered(exchange, response);
          return response;
        },
        (error: unknown) => {
          failed(exchange, error);
          throw error;
        },
      );
    case "thenable":
      followThenable(exchange, result as object);
      break;
    default:
      answered(exchange, result);
  }
  return result;
}

function kindOf(result: unknown): ResultKind {
  try {
    return typeof result === "object" && result !== null ? resultKind(result) : "value";
  } catch (error) {
    contain("SPANDREL_RESULT_UNREADABLE", "looking at a result", error);
    return "value";
  }
}

/** Anything else that can be waited for is not started by us: its caller's `then` tells the outcome. */
function followThenable(exchange: Exchange, thenable: object): void {
  const { span, route } = exchange;
  const unknown = { status: undefined, route, isEventStream: false };
  const original = findMethod(thenable, "then");
  if (original === undefined) return answered(exchange, undefined);
  let isSettled = false;
  const once = (tell: (exchange: Exchange, value: unknown) => void, value: unknown): void => {
    if (isSettled) return;
    isSettled = true;
    tell(exchange, value);
  };
  shadowMethod(thenable, "then", function (this: unknown, onFulfilled: unknown, onRejected: unknown) {
    const fulfilled = (response: unknown): unknown => {
      once(answered, response);
      return typeof onFulfilled === "function" ? (onFulfilled as AnyFunction)(response) : response;
    };
    const rejected = (error: unknown): unknown => {
      once(failed, error);
      if (typeof onRejected === "function") return (onRejected as AnyFunction)(error);
      throw error;
    };
    // From now on it is the handler that waits: a lazy thenable may be gone while its work is under way.
    if (!isSettled) span.watch(fulfilled, unknown);
    return Reflect.apply(original, this, [fulfilled, rejected]);
  });
  span.watch(thenable, unknown);
}

function answered({ span, scope, method, route }: Exchange, response: unknown): void {
  try {
    if (isFetchResponse(response)) return followFetchResponse(response, method, span, scope, route);
  } catch (error) {
    contain("SPANDREL_FOLLOW_FAILED", "reading a response", error);
  }
  span.end("completed", { status: undefined, route, isEventStream: false });
}

function failed({ span, route }: Exchange, error: unknown): void {
  const status = readThrownStatus(error);
  const answer = { status, route, isEventStream: false };
  if (status === undefined) span.fail(error, answer);
  else span.end("completed", answer);
}
