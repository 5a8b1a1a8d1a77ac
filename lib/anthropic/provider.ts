import type { Attributes } from "@opentelemetry/api";
import { fieldsOf, serverAttributes } from "../instruments/index.js";

/** A platform that serves Anthropic's API to a client class of its own. */
interface Platform {
  /** As the GenAI semantic conventions list it. */
  readonly name: string;
  /** How the names of its client classes begin: the host is a proxy's where there is one. */
  readonly className: string;
  readonly host: RegExp;
}

const PLATFORMS: readonly Platform[] = [
  { name: "aws.bedrock", className: "AnthropicBedrock", host: /^bedrock-.*\.(amazonaws\.com|api\.aws)$/ },
  { name: "gcp.vertex_ai", className: "AnthropicVertex", host: /(^|[.-])aiplatform\.([\w-]+\.)*googleapis\.com$/ },
  { name: "azure.ai.inference", className: "AnthropicFoundry", host: /\.services\.ai\.azure\.com$/ },
];

/** Server and provider of the client behind a resource such as `client.messages`. */
export function describeServer(resource: unknown): Attributes {
  const client = fieldsOf(resource)["_client"];
  return serverAttributes(client, (host) => providerOf(client, host));
}

function providerOf(client: unknown, host: string): string {
  const constructor = fieldsOf(client)["constructor"];
  const clientClass = typeof constructor === "function" ? constructor.name : "";
  const platform = PLATFORMS.find((one) => clientClass.startsWith(one.className) || one.host.test(host));
  return platform?.name ?? "anthropic";
}
