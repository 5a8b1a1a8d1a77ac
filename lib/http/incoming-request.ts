import type { Attributes } from "@opentelemetry/api";
import type { Carrier } from "../context/index.js";
import * as semconv from "../semconv.js";

/** What is read of a request, whichever server it came to. */
export interface IncomingRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string | undefined;
  /** Without its `?`; undefined where there is none. */
  readonly query: string | undefined;
  readonly scheme: string | undefined;
  /** As the client named the server: `name` or `name:port`. */
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
  readonly protocolVersion: string | undefined;
  /** The headers that carry context: `traceparent`, `tracestate`, `baggage`. */
  readonly carrier: Carrier;
}

/** The methods that the conventions count as known: RFC 9110, and PATCH. */
const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
]);

/** A name, or an IPv6 address between brackets, and a port. */
const HOST = /^(?:\[(?<address>[\d:.a-f]+)\]|(?<name>[^:/?#[\]@\s]+))(?::(?<port>\d{1,5}))?$/i;

/** The method as a span's name may have it. */
export function nameOfMethod(method: string): string {
  return METHODS.has(method) ? method : "HTTP";
}

/** What is known of a request when it comes. */
export function describeRequest(request: IncomingRequest, isQueryCaptured: boolean): Attributes {
  const { method, path, query, scheme, host, userAgent, protocolVersion } = request;
  const attributes: Attributes = { [semconv.HTTP_REQUEST_METHOD]: METHODS.has(method) ? method : "_OTHER" };
  const put = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  if (!METHODS.has(method)) put(semconv.HTTP_REQUEST_METHOD_ORIGINAL, method);
  put(semconv.URL_PATH, path);
  if (isQueryCaptured) put(semconv.URL_QUERY, query);
  put(semconv.URL_SCHEME, scheme);
  const { address, name, port } = HOST.exec(host ?? "")?.groups ?? {};
  put(semconv.SERVER_ADDRESS, address ?? name);
  put(semconv.SERVER_PORT, port === undefined ? undefined : Number(port));
  put(semconv.USER_AGENT_ORIGINAL, userAgent);
  put(semconv.NETWORK_PROTOCOL_VERSION, protocolVersion);
  return attributes;
}
