import { InvalidOptionError } from "../errors.js";
import { readVariable, readWord, type Environment } from "../internal/index.js";
import type { OtlpProtocol } from "./answer-reader.js";
import { readEndpoint, withPath } from "./endpoint.js";
import { readChoice, readTimeout, refuseUnknown, type KnownOptions } from "./exporter-options.js";
import type { OtlpSpanExporterOptions } from "./otlp-span-exporter.js";
import type { OtlpDestination } from "./otlp-sender.js";
import { readHeaderList, readHeaders, type RequestHeaders } from "./request-headers.js";
import { readTlsFiles } from "./tls-files.js";

const KNOWN: KnownOptions<OtlpSpanExporterOptions> = {
  url: true,
  headers: true,
  protocol: true,
  timeoutMillis: true,
  compression: true,
};
const PROTOCOLS = ["http/protobuf", "http/json"] as const;
const COMPRESSIONS = ["none", "gzip"] as const;
const TRACES_PATH = "/v1/traces";
const DEFAULT_BASE = "http://localhost:4318";
const DEFAULT_URL = `${DEFAULT_BASE}${TRACES_PATH}`;
const DEFAULT_TIMEOUT_MILLIS = 10_000;

/** The signal's own variable, then the one for all signals (OTLP exporter specification, "Configuration Options"). */
const namesOf = (setting: string): [string, string] => [
  `OTEL_EXPORTER_OTLP_TRACES_${setting}`,
  `OTEL_EXPORTER_OTLP_${setting}`,
];

/** This checks the options and fills in variables and defaults. Throws `InvalidOptionError`. */
export function readOtlpSettings(options: OtlpSpanExporterOptions, env: Environment): OtlpDestination {
  if (typeof options !== "object" || options === null)
    throw new InvalidOptionError("OtlpSpanExporter", "an object of options", options);
  refuseUnknown("OtlpSpanExporter", KNOWN, options);
  const url = urlOf(options.url, env);
  const protocol = wordOf("protocol", PROTOCOLS, options.protocol, env) ?? "http/protobuf";
  const other: OtlpProtocol = protocol === "http/json" ? "http/protobuf" : "http/json";
  return {
    url,
    headers: { ...headersOf(env), ...readHeaders("OtlpSpanExporter.headers", options.headers ?? {}) },
    protocol,
    compression: wordOf("compression", COMPRESSIONS, options.compression, env) ?? "none",
    timeoutMillis:
      readTimeout("OtlpSpanExporter.timeoutMillis", options.timeoutMillis) ?? timeoutOf(env) ?? DEFAULT_TIMEOUT_MILLIS,
    ...(url.protocol === "https:" ? { tls: readTlsFiles(env) } : {}),
    advice: {
      key: "give the key the server asks for in headers, or in OTEL_EXPORTER_OTLP_HEADERS",
      path: `the path of a receiver as a rule ends in ${TRACES_PATH}`,
      format: `try protocol "${other}"`,
      urlOption: "url",
      authority: "give the CA in OTEL_EXPORTER_OTLP_CERTIFICATE",
      port: "this may be a gRPC port; OTLP over HTTP is on 4318 as a rule",
    },
  };
}

function urlOf(given: unknown, env: Environment): URL {
  if (given !== undefined) {
    const url = readEndpoint("OtlpSpanExporter.url", given, DEFAULT_URL);
    return url.pathname === "/" ? withPath(url, TRACES_PATH) : url;
  }
  const [own, general] = namesOf("ENDPOINT");
  const exact = readVariable(env, [own]);
  if (exact !== undefined) return readEndpoint(own, exact.value, DEFAULT_URL);
  const base = readVariable(env, [general]);
  return withPath(readEndpoint(general, base?.value ?? DEFAULT_BASE, DEFAULT_BASE), TRACES_PATH);
}

function headersOf(env: Environment): RequestHeaders {
  const [own, general] = namesOf("HEADERS");
  const read = (name: string): RequestHeaders => readHeaderList(name, readVariable(env, [name])?.value ?? "");
  return { ...read(general), ...read(own) };
}

function wordOf<W extends string>(
  setting: "protocol" | "compression",
  words: readonly W[],
  given: unknown,
  env: Environment,
): W | undefined {
  return (
    readChoice(`OtlpSpanExporter.${setting}`, words, given) ?? readWord(env, namesOf(setting.toUpperCase()), words)
  );
}

function timeoutOf(env: Environment): number | undefined {
  const variable = readVariable(env, namesOf("TIMEOUT"));
  if (variable === undefined) return undefined;
  const isNumber = /^\d+$/.test(variable.value);
  return readTimeout(variable.name, isNumber ? Number(variable.value) : variable.value);
}
