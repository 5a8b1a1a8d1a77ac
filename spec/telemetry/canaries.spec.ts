import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trace } from "@opentelemetry/api";
import {
  ConsoleSpanExporter,
  FileSpanExporter,
  InMemorySpanExporter,
  OtlpSpanExporter,
  RespanSpanExporter,
} from "../../lib/exporters/index.js";
import { StreamingTask, propagateAttributes, traced } from "../../lib/index.js";
import { MANY_CANARIES } from "../redaction/canaries.js";
import { type OtlpReceiver, startOtlpReceiver } from "../support/otlp-receiver.js";
import { freshTelemetry, said, start } from "./rig.js";

freshTelemetry();

const ALL = MANY_CANARIES.map(({ text }) => text);

/** Two by two: a span keeps 128 events and 128 links. */
const PAIRS = ALL.slice(0, 100).map((text, index) => [text, ALL[index + 100] ?? ""]);

/** Yields every text cut in two in its middle. */
class Stream {
  @StreamingTask("stream")
  async *chunks(): AsyncGenerator<string> {
    for (const text of ALL) {
      yield `\nfound ${text.slice(0, text.length >> 1)}`;
      yield `${text.slice(text.length >> 1)} there`;
    }
  }
}

/** A place where a program leaves what it should not, for each of the canaries. */
const PLACES: Readonly<Record<string, () => unknown>> = {
  "an argument": () => ALL.map((text) => traced("argument", (question: string) => question.length)(text)),
  "a result": () => traced("result", () => ({ notes: ALL }))(),
  "a Map and a class instance": () =>
    traced("map", (map: Map<string, unknown>) => map.size)(new Map([["notes", new Set(ALL)]])),
  "JSON in a text": () => traced("json", () => JSON.stringify({ inner: JSON.stringify(ALL) }))(),
  "a value under a name": () =>
    MANY_CANARIES.map(({ secret }) => traced("named", (login: object) => login)({ user: "ada", password: secret })),
  "an error and its cause": () =>
    ALL.map((text) => {
      const fail = traced("fail", () => {
        throw new Error(`outer ${text}`, { cause: new Error(`inner ${text}`) });
      });
      try {
        fail();
      } catch {
        // Its trace is what is looked at.
      }
    }),
  "the chunks of a stream": async () => {
    for await (const chunk of new Stream().chunks()) expect(chunk).not.toBe("");
  },
  metadata: () => propagateAttributes({ metadata: { notes: ALL } }, () => traced("metadata", () => 1)()),
  "a span's name": () => ALL.map((text) => trace.getTracer("other").startSpan(`GET ${text}`).end()),
  "an attribute": () =>
    trace
      .getTracer("other")
      .startSpan("attribute", { attributes: { argv: ALL } })
      .end(),
  "an event": () => {
    const span = trace.getTracer("other").startSpan("event");
    for (const [name, text] of PAIRS) span.addEvent(`saw ${name}`, { text });
    span.end();
  },
  "a link": () => {
    const span = trace.getTracer("other").startSpan("link");
    for (const texts of PAIRS) span.addLink({ context: span.spanContext(), attributes: { texts } });
    span.end();
  },
  "the status": () =>
    ALL.map((text) => trace.getTracer("other").startSpan("status").setStatus({ code: 2, message: text }).end()),
  "customer and thread": () =>
    ALL.map((text) =>
      propagateAttributes({ customerIdentifier: text, threadIdentifier: text }, () => traced("who", () => 1)()),
    ),
};

/** As a reader sees it who takes the escapes of JSON out. */
function unescaped(text: string): string {
  let plain = text;
  for (let depth = 0; depth < 8; depth++) plain = plain.replaceAll("\\\\", "\\");
  return plain.replaceAll('\\"', '"').replaceAll("\\/", "/");
}

describe("of 200 secrets", () => {
  let folder: string;
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "spandrel-canaries-"));
    receiver = await startOtlpReceiver();
  });
  afterEach(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(PLACES))("none reaches any sink from %s", async (_place, leave) => {
    expect(new Set(ALL).size).toBe(200);
    const memory = new InMemorySpanExporter();
    const printed: string[] = [];
    const stream = { write: (text: string) => printed.push(text) > 0 };
    const url = receiver.url;
    const isDefault = true;
    const telemetry = start({
      instruments: [],
      autoFlush: "off",
      capture: { maxBytes: 1_048_576, maxItems: 1000 },
      resourceAttributes: { "process.command_args": ALL },
      processors: {
        default: { exporter: memory },
        file: { exporter: new FileSpanExporter({ path: join(folder, "traces.jsonl") }), isDefault },
        tree: { exporter: new ConsoleSpanExporter({ stream, format: "tree" }), isDefault },
        line: { exporter: new ConsoleSpanExporter({ stream, format: "line" }), isDefault },
        protobuf: { exporter: new OtlpSpanExporter({ url, compression: "gzip" }), isDefault },
        json: { exporter: new OtlpSpanExporter({ url, protocol: "http/json" }), isDefault },
        respan: { exporter: new RespanSpanExporter({ baseUrl: url, apiKey: "the-key", metadata: "both" }), isDefault },
        // Never is a good time: what it keeps is on disk in the end.
        durable: {
          exporter: {
            export: (_spans, answer) => answer({ code: 1, error: new Error("later"), retryAfterMillis: 1e12 }),
            shutdown: () => Promise.resolve(),
          },
          durable: { dir: join(folder, "spool") },
          isDefault,
        },
        failing: {
          exporter: {
            export: (spans) => {
              throw new Error(`cannot write ${spans[0]?.name ?? ""}`);
            },
            shutdown: () => Promise.resolve(),
          },
          isDefault,
        },
      },
    });
    await leave();
    await telemetry.flush();
    const atRest = filesOf(folder);
    await telemetry.shutdown();

    const sinks = {
      memory: JSON.stringify(memory.getFinishedSpans().map(readable)),
      console: printed.join(""),
      network: receiver.requests
        .map(({ body, path, rawHeaders }) => [body.toString(), path, rawHeaders].join(" "))
        .join(""),
      "files while it runs": atRest,
      files: filesOf(folder),
      stderr: said.join(""),
    };
    expect(new Set(receiver.requests.map(({ path }) => path))).toEqual(new Set(["/v1/traces", "/api/v2/traces"]));
    expect(sinks.files.length).toBeGreaterThan(1000);
    const found = Object.entries(sinks).flatMap(([sink, text]) => {
      const plain = unescaped(text);
      return MANY_CANARIES.filter(({ secret }) => plain.includes(secret)).map(({ kind }) => `${kind} in ${sink}`);
    });
    expect(found).toEqual([]);
  });
});

/** What the specs above would find. */
it.each(Object.entries(PLACES))("secrets are in the spans that nobody redacts: %s", async (_place, leave) => {
  const exporter = new InMemorySpanExporter();
  const capture = { maxBytes: 1_048_576, maxItems: 1000 };
  const telemetry = start({ instruments: [], redact: false, capture, customExporter: exporter });
  await leave();
  await telemetry.flush();
  const plain = unescaped(JSON.stringify(exporter.getFinishedSpans().map(readable)));
  const found = MANY_CANARIES.filter(({ secret }) => plain.includes(secret)).length;
  expect(found).toBe(200);
});

function readable({
  name,
  status,
  attributes,
  events,
  links,
  resource,
}: ReturnType<InMemorySpanExporter["getFinishedSpans"]>[number]): unknown {
  return { name, status, attributes, events, links, resource: resource.attributes };
}

function filesOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("");
}
