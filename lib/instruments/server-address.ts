import type { Attributes } from "@opentelemetry/api";
import { GEN_AI_PROVIDER, SERVER_ADDRESS, SERVER_PORT } from "../semconv.js";
import { fieldsOf } from "./read-fields.js";

interface Known {
  readonly baseURL: string;
  readonly attributes: Attributes;
}

const known = new WeakMap<object, Known>();

/** Where a client sends its requests and whose API that is; worked out once per client and address. */
export function serverAttributes(client: unknown, providerOf: (host: string) => string): Attributes {
  const { baseURL } = fieldsOf(client);
  if (typeof baseURL !== "string") return { [GEN_AI_PROVIDER]: providerOf("") };
  const found = known.get(client as object);
  if (found?.baseURL === baseURL) return found.attributes;
  const attributes = read(baseURL, providerOf);
  known.set(client as object, { baseURL, attributes });
  return attributes;
}

function read(baseURL: string, providerOf: (host: string) => string): Attributes {
  if (!URL.canParse(baseURL)) return { [GEN_AI_PROVIDER]: providerOf("") };
  const { hostname, port, protocol } = new URL(baseURL);
  return {
    [GEN_AI_PROVIDER]: providerOf(hostname),
    [SERVER_ADDRESS]: hostname,
    [SERVER_PORT]: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
  };
}
