import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { ConsoleSpanExporter, FileSpanExporter, InMemorySpanExporter } from "../../lib/exporters/index.js";
import { type TelemetryOptions, InvalidOptionError, startTelemetry, traced } from "../../lib/index.js";
import { containedFaults, resetLog } from "../../lib/internal/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";

const KEY = "sk-proj-4fT9xQ2mLw8ZrB7vNc3HsY6dKe1GjU5p";
/** One of each way into a trace; the password has no form of its own, and is known by its name. */
const SECRETS = [KEY, "hunter2-hunter2"];

class LoginError extends Error {
  override readonly name = "LoginError";
}

/** A traced call with secrets in its input, its output, an event, a link, its status, and a span of another tracer. */
async function work(): Promise<void> {
  const login = traced("login", (options: { user: string; password: string }) => {
    const span = trace.getActiveSpan();
    span?.addEvent("sent", { "http.request.header.authorization": `Bearer ${KEY}` });
    span?.addLink({ context: span.spanContext(), attributes: { note: `used ${KEY}` } });
    trace.getTracer("other").startSpan(`GET /?api_key=${KEY}`).end();
    return { user: options.user, token: KEY };
  });
  login({ user: "ada", password: "hunter2-hunter2" });
  const fail = traced("fail", () => {
    throw new LoginError(`refused: ${KEY}`, { cause: new Error(`password=hunter2-hunter2`) });
  });
  try {
    fail();
  } catch {
    // Only its trace is looked at.
  }
  await Promise.resolve();
}

/** What exporters were given, as text. */
function textOf(spans: readonly ReadableSpan[]): string {
  return JSON.stringify(
    spans.map(({ name, status, attributes, events, links, resource }) => [
      name,
      status,
      attributes,
      events,
      links.map((link) => link.attributes),
      resource.attributes,
    ]),
  );
}

async function run(options: TelemetryOptions): Promise<void> {
  const telemetry = startTelemetry({ instruments: [], isExitHandled: false, autoFlush: "off", ...options });
  await work();
  await telemetry.shutdown();
}

describe("redaction", () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    resetLog((line) => void lines.push(line));
  });

  it.each([true, false])(
    "hides secrets from every exporter, and only them (batched: %p)",
    async (isBatchingEnabled) => {
      const memory = new InMemorySpanExporter();
      await run({ customExporter: memory, isBatchingEnabled, resourceAttributes: { "deploy.token": "t-123456" } });
      const text = textOf(memory.getFinishedSpans());
      for (const secret of [...SECRETS, "t-123456"]) expect(text).not.toContain(secret);
      const [other, login, fail] = memory.getFinishedSpans();
      expect(other?.name).toBe("GET /?api_key=[redacted]");
      expect(login?.attributes).toMatchObject({
        "traceloop.entity.input": '{"options":{"user":"ada","password":"[redacted]"}}',
        "traceloop.entity.output": '{"user":"ada","token":"[redacted]"}',
      });
      expect(login?.events[0]?.attributes).toEqual({ "http.request.header.authorization": "[redacted]" });
      expect(login?.links[0]?.attributes).toEqual({ note: "used [redacted:openai]" });
      expect(fail?.status).toEqual({ code: SpanStatusCode.ERROR, message: "refused: [redacted:openai]" });
      expect(fail?.resource.attributes).toMatchObject({ "deploy.token": "[redacted]", "service.name": "spandrel" });
    },
  );

  it("hides them in files and on the console", async () => {
    const folder = mkdtempSync(join(tmpdir(), "spandrel-redact-"));
    let printed = "";
    const path = join(folder, "traces.jsonl");
    await run({
      processors: {
        default: { exporter: new FileSpanExporter({ path }) },
        screen: {
          exporter: new ConsoleSpanExporter({ stream: { write: (text) => (printed += text) } }),
          isDefault: true,
        },
      },
    });
    const written = readFileSync(path, "utf8");
    rmSync(folder, { recursive: true });
    expect(written).toContain("[redacted]");
    expect(printed).toContain("[redacted");
    for (const secret of SECRETS) expect(written + printed).not.toContain(secret);
  });

  it("leaves the live span, and what filters and callbacks see, as they are", async () => {
    const memory = new InMemorySpanExporter();
    const seen: string[] = [];
    await run({
      spanPostprocessCallback: (span) => void seen.push(textOf([span])),
      processors: { default: { exporter: memory, filter: (span) => seen.push(textOf([span])) > 0 } },
    });
    expect(seen).toHaveLength(6);
    expect(seen.join()).toContain(KEY);
    expect(textOf(memory.getFinishedSpans())).not.toContain(KEY);
  });

  it("takes names and patterns of the user's, and a text of theirs", async () => {
    const memory = new InMemorySpanExporter();
    const redact = {
      keys: ["user"],
      patterns: [/\bLoginError\b/],
      replace: ({ kind }: { kind: string }) => `<${kind}>`,
    };
    await run({ customExporter: memory, redact });
    const [, login, fail] = memory.getFinishedSpans();
    expect(login?.attributes["traceloop.entity.input"]).toBe('{"options":{"user":"<key>","password":"<key>"}}');
    expect(fail?.attributes["error.type"]).toBe("<pattern>");
  });

  it("is off with false, and the spans are the very ones that ended", async () => {
    const memory = new InMemorySpanExporter();
    await run({ customExporter: memory, redact: false });
    for (const secret of SECRETS) expect(textOf(memory.getFinishedSpans())).toContain(secret);
  });

  it("puts a marker where it fails, counts it, and never lets the text through", async () => {
    const memory = new InMemorySpanExporter();
    const replace = (): string => {
      throw new Error("no");
    };
    await run({ customExporter: memory, redact: { replace } });
    const text = textOf(memory.getFinishedSpans());
    expect(text).toContain("[redaction failed]");
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(containedFaults()["SPANDREL_REDACTION_FAILED"]).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes("SPANDREL_REDACTION_FAILED"))).toHaveLength(1);
  });

  it.each([["yes"], [{ keys: "password" }], [{ patterns: ["x"] }], [{ replace: 7 }], [{ defaults: 1 }]])(
    "refuses %j",
    (redact) => {
      expect(() => startTelemetry({ redact } as never)).toThrow(InvalidOptionError);
    },
  );
});
