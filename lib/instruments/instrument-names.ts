/** One row of the table below. */
export interface Instrument {
  /** Instrumentation packages on npm, the preferred one first. Empty: none exists for JavaScript. */
  readonly packages?: readonly string[];
  /** What is instrumented; one of these must be installed. Left out where the instrumentation hooks into something else. */
  readonly libraries?: readonly string[];
  /** Modules of Node itself, which are there always and may be loaded before anybody can hook into them. */
  readonly builtins?: readonly string[];
  /** True for those that Spandrel traces by itself; other packages for the same library are never started. */
  readonly isNative?: true;
  /** Another name for these instruments. */
  readonly sameAs?: readonly string[];
}

/** The instrumentation of the OpenTelemetry project for a library, by its usual name. */
const standard = (name: string, ...libraries: string[]): Instrument => ({
  packages: [`@opentelemetry/instrumentation-${name}`],
  libraries: libraries.length === 0 ? [name] : libraries,
});
const traceloop = (name: string, ...libraries: string[]): Instrument => ({
  packages: [`@traceloop/instrumentation-${name}`],
  libraries,
});
const missing: Instrument = { packages: [] };
const alias = (...sameAs: string[]): Instrument => ({ sameAs });

/** Every instrument by name, in the order they are enabled. Package names were looked up on npm in November 2026. */
export const INSTRUMENTS = {
  context: {},

  openai: { isNative: true, libraries: ["openai"] },
  anthropic: { isNative: true, libraries: ["@anthropic-ai/sdk"] },
  "azure-openai": alias("openai"),
  cohere: traceloop("cohere", "cohere-ai"),
  mistral: missing,
  ollama: missing,
  groq: missing,
  together: traceloop("together", "together-ai"),
  replicate: missing,
  transformers: missing,
  bedrock: {
    packages: ["@traceloop/instrumentation-bedrock", "@arizeai/openinference-instrumentation-bedrock"],
    libraries: ["@aws-sdk/client-bedrock-runtime"],
  },
  sagemaker: missing,
  vertexai: traceloop("vertexai", "@google-cloud/vertexai", "@google-cloud/aiplatform"),
  "google-generativeai": missing,
  watsonx: missing,
  alephalpha: missing,

  pinecone: traceloop("pinecone", "@pinecone-database/pinecone"),
  qdrant: traceloop("qdrant", "@qdrant/js-client-rest"),
  chroma: traceloop("chromadb", "chromadb"),
  milvus: missing,
  weaviate: missing,
  lancedb: missing,
  marqo: missing,

  langchain: {
    packages: ["@traceloop/instrumentation-langchain", "@arizeai/openinference-instrumentation-langchain"],
    libraries: ["@langchain/core"],
  },
  "llama-index": traceloop("llamaindex", "llamaindex", "@llamaindex/openai"),
  haystack: missing,
  crewai: missing,
  mcp: {
    packages: ["@traceloop/instrumentation-mcp", "@arizeai/openinference-instrumentation-mcp"],
    libraries: ["@modelcontextprotocol/sdk"],
  },

  http: { packages: ["@opentelemetry/instrumentation-http"], builtins: ["node:http", "node:https"] },
  // Node's own fetch publishes the same diagnostics as the package undici does.
  undici: { packages: ["@opentelemetry/instrumentation-undici"] },
  fetch: alias("undici"),
  grpc: standard("grpc", "@grpc/grpc-js"),
  // The SDK's clients share packages that need not be reachable from the project, so they are not looked for.
  "aws-sdk": { packages: ["@opentelemetry/instrumentation-aws-sdk"] },
  graphql: standard("graphql"),
  "socket.io": standard("socket.io"),

  express: standard("express"),
  fastify: standard("fastify"),
  "nestjs-core": standard("nestjs-core", "@nestjs/core"),
  koa: standard("koa"),
  hapi: standard("hapi", "@hapi/hapi"),
  connect: standard("connect"),
  restify: standard("restify"),
  router: standard("router"),

  redis: {
    packages: ["@opentelemetry/instrumentation-redis", "@opentelemetry/instrumentation-redis-4"],
    libraries: ["redis", "@redis/client"],
  },
  ioredis: standard("ioredis"),
  mysql: standard("mysql"),
  mysql2: standard("mysql2"),
  pg: standard("pg", "pg", "pg-pool"),
  mongodb: standard("mongodb"),
  mongoose: standard("mongoose"),
  prisma: { packages: ["@prisma/instrumentation"], libraries: ["@prisma/client"] },
  knex: standard("knex"),
  sequelize: standard("sequelize"),
  typeorm: standard("typeorm"),
  tedious: standard("tedious"),
  oracledb: standard("oracledb"),
  "cassandra-driver": standard("cassandra-driver"),
  memcached: standard("memcached"),
  dataloader: standard("dataloader"),

  amqplib: standard("amqplib"),
  kafkajs: standard("kafkajs"),

  pino: standard("pino"),
  winston: standard("winston"),
  bunyan: standard("bunyan"),

  // Python's names.
  llama_index: alias("llama-index"),
  google_generativeai: alias("google-generativeai"),
  crew: alias("crewai"),
  requests: alias("http", "undici"),
  urllib3: alias("http", "undici"),
  pymysql: alias("mysql", "mysql2"),
  threading: alias("context"),
} as const satisfies Readonly<Record<string, Instrument>>;

/**
 * This names a library that can be traced without a decorator, in `instruments` and `blockInstruments`. `context` is the
 * one that carries the active span from call to call.
 */
export type InstrumentName = keyof typeof INSTRUMENTS;

/** The row of a name. */
export function instrumentOf(name: InstrumentName): Instrument {
  return INSTRUMENTS[name];
}

/** True for a name of the table. */
export function isInstrumentName(value: unknown): value is InstrumentName {
  return typeof value === "string" && Object.hasOwn(INSTRUMENTS, value);
}

/** Every name, in the order of the table. */
export function instrumentNames(): InstrumentName[] {
  return Object.keys(INSTRUMENTS).filter(isInstrumentName);
}
