import { InvalidOptionError, hideText } from "../errors.js";
import { type Fields, fieldsOf } from "../instruments/index.js";
import { type InstructorHooks, checkHook } from "./hooks.js";

/** What a client is set up with, for all of its calls. */
export interface ClientDefaults {
  readonly model: string | undefined;
  readonly maxRetries: number;
}

/** What one call asks for, checked. */
export interface CallSettings {
  readonly model: string;
  readonly messages: readonly Fields[];
  readonly maxRetries: number;
  readonly context: unknown;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMillis: number | undefined;
  readonly maxTotalTokens: number | undefined;
  readonly hooks: InstructorHooks | undefined;
  readonly requestOptions: Fields | undefined;
  readonly retryStream: boolean;
  readonly onAttempt: ((attempt: number) => unknown) | undefined;
  readonly onInvalidItem: unknown;
  /** Everything else, which goes to the API as it is. */
  readonly params: Fields;
}

/** Parameters of the API that an extraction sets itself. */
const OWN = ["stream", "tools", "tool_choice", "functions", "function_call", "response_format", "n"];

/** Reads the options of one call. Throws an `InvalidOptionError` for one that cannot be used. */
export function readCallSettings(options: Fields, defaults: ClientDefaults): CallSettings {
  const { responseModel, messages, model = defaults.model, maxRetries = defaults.maxRetries, ...others } = options;
  if (responseModel === undefined) throw new InvalidOptionError("responseModel", "a zod schema", responseModel);
  const { context, signal, timeoutMillis, maxTotalTokens, hooks, requestOptions, ...streams } = others;
  const { retryStream = false, onAttempt, onInvalidItem = "throw", ...params } = streams;
  const own = OWN.find((name) => params[name] !== undefined);
  if (own !== undefined)
    throw new InvalidOptionError(own, "left out, as the mode and the method decide it", params[own]);
  const ownHooks = optional("hooks", hooks, isObject, "an object of hooks by their events");
  for (const [name, hook] of Object.entries(ownHooks ?? {})) if (hook !== undefined) checkHook(name, hook);
  const ownSignal = fieldsOf(requestOptions)["signal"];
  if (ownSignal !== undefined)
    throw new InvalidOptionError("requestOptions.signal", "given as `signal`, beside `requestOptions`", ownSignal);
  return {
    model: expect("model", model, isText, "the name of a model, here or in the options of fromOpenAI"),
    // A copy: the caller may go on with its list.
    messages: [...readMessages(messages)],
    maxRetries: readMaxRetries(maxRetries),
    context,
    signal: optional("signal", signal, isSignal, "an AbortSignal"),
    timeoutMillis: optional("timeoutMillis", timeoutMillis, isPositive, "a number of milliseconds above 0"),
    maxTotalTokens: optional("maxTotalTokens", maxTotalTokens, isPositive, "a number of tokens above 0"),
    hooks: ownHooks,
    requestOptions: optional("requestOptions", requestOptions, isObject, "an object, as the client's methods take it"),
    retryStream: expect("retryStream", retryStream, isBoolean, "true or false"),
    onAttempt: optional("onAttempt", onAttempt, isFunction, "a function"),
    onInvalidItem: expect("onInvalidItem", onInvalidItem, isPolicy, '"throw", "skip" or a function'),
    params,
  };
}

/** Throws for what is no number of retries. */
export function readMaxRetries(value: unknown): number {
  return expect("maxRetries", value, isCount, "a whole number of extra attempts, 0 or more");
}

/** What stands where messages should is what somebody said. */
function readMessages(messages: unknown): readonly Fields[] {
  if (isMessages(messages)) return messages;
  throw new InvalidOptionError("messages", "a list of messages, as the API has them", hideText(messages));
}

function expect<T>(name: string, value: unknown, is: (value: unknown) => value is T, expected: string): T {
  if (is(value)) return value;
  throw new InvalidOptionError(name, expected, value);
}

function optional<T>(
  name: string,
  value: unknown,
  is: (value: unknown) => value is T,
  expected: string,
): T | undefined {
  return value === undefined ? undefined : expect(name, value, is, expected);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMessages(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every(isObject);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

/** By shape: a test environment has a class of its own. */
function isSignal(value: unknown): value is AbortSignal {
  return isObject(value) && typeof value["aborted"] === "boolean" && typeof value["addEventListener"] === "function";
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === "function";
}

function isPolicy(value: unknown): value is "throw" | "skip" | ((...args: unknown[]) => unknown) {
  return value === "throw" || value === "skip" || isFunction(value);
}
