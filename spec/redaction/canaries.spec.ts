import { createRedactor } from "../../lib/redaction/index";
import { RecordingTracer } from "../../lib/tracer/index";
import type { ReadableSpan } from "../../lib/otlp/index";
import { serializeValue } from "../../lib/capture/serialize";
import { DEFAULT_CAPTURE_LIMITS } from "../../lib/capture/limits";
import { makeSpan, TRACE_ID } from "../otlp/make-span";
import { CANARIES, PEM, type Canary } from "./canaries";

const redactor = createRedactor(true);
const event = (name: string, attributes = {}) => ({ name, time: [0, 0] as [number, number], attributes });
const resource = { attributes: { "service.name": "desk" } };

/** Where a program leaves a secret, as a span that has it there. */
const PLACES: Readonly<Record<string, (canary: Canary) => ReadableSpan>> = {
  "an attribute": ({ text }) => makeSpan({ attributes: { note: `see ${text} there` } }),
  "an attribute under a sensitive name": ({ secret }) => makeSpan({ attributes: { "desk.apiKey": secret } }),
  "JSON in an attribute": ({ text }) =>
    makeSpan({ attributes: { "traceloop.entity.input": JSON.stringify({ question: [{ note: `why\n${text}` }] }) } }),
  "JSON under a sensitive key": ({ secret }) =>
    makeSpan({ attributes: { "traceloop.entity.input": JSON.stringify({ db: { user: "ada", Password: secret } }) } }),
  "JSON in JSON": ({ text }) =>
    makeSpan({
      attributes: { body: JSON.stringify({ inner: JSON.stringify({ deep: JSON.stringify([`a ${text}`]) }) }) },
    }),
  "a key within JSON in JSON": ({ secret }) =>
    makeSpan({ attributes: { body: JSON.stringify({ inner: JSON.stringify({ client_secret: { value: secret } }) }) } }),
  "a Map as it is captured": ({ secret }) =>
    makeSpan({
      attributes: {
        input: serializeValue(
          new Map([
            ["user", "ada"],
            ["password", secret],
          ]),
          DEFAULT_CAPTURE_LIMITS,
        ),
      },
    }),
  "a key of JSON": ({ text }) => makeSpan({ attributes: { input: JSON.stringify({ [`for ${text}`]: 1 }) } }),
  "a list": ({ text }) => makeSpan({ attributes: { argv: ["--verbose", text, "--dry-run"] } }),
  "an event's attribute": ({ text }) => makeSpan({ events: [event("note", { text })] }),
  "an event's name": ({ text }) => makeSpan({ events: [event(text)] }),
  "a link's attribute": ({ text }) =>
    makeSpan({
      links: [{ context: { traceId: TRACE_ID, spanId: "01", traceFlags: 1 }, attributes: { text } }],
    }),
  "the status message": ({ text }) => makeSpan({ status: { code: 2, message: `401: ${text} is unknown` } }),
  "the name": ({ text }) => makeSpan({ name: `Desk.call ${text}` }),
  "the resource": ({ text }) =>
    makeSpan({ resource: { attributes: { ...resource.attributes, "process.command": text } } }),
  "an error with its cause": ({ text }) => failedSpan(text),
  "JSON in a sentence": ({ text }) =>
    makeSpan({ attributes: { note: `got {"error":{"message":${JSON.stringify(text)}}} from upstream` } }),
};

function failedSpan(text: string): ReadableSpan {
  const spans: ReadableSpan[] = [];
  const tracer = new RecordingTracer({
    resource,
    instrumentationScope: { name: "spandrel" },
    onEnd: (span: ReadableSpan) => spans.push(span),
  });
  const span = tracer.startSpan("Desk.call");
  const error = new Error("outer", { cause: new Error(`the key ${text} was refused`) });
  const cause = error.cause as Error;
  error.stack = `${error.stack ?? ""}\n  [cause]: ${cause.stack ?? ""}`;
  span.recordException(error);
  span.setStatus({ code: 2, message: `${error.message}: ${cause.message}` });
  span.end();
  return spans[0]!;
}

/** All of a span that any sink can write. */
function written(span: ReadableSpan): string {
  const { name, status, attributes, events, links, resource: origin } = span;
  return JSON.stringify({ name, status, attributes, events, links, resource: origin });
}

describe("a canary", () => {
  it.each(Object.keys(PLACES))("does not survive in %s", (place) => {
    const survivors = CANARIES.filter((canary) => {
      const span = PLACES[place]!(canary);
      const before = written(span);
      const shown = unescaped(written(redactor.redactSpan(span)));
      expect(written(span)).toBe(before);
      expect(unescaped(before)).toContain(canary.secret);
      return shown.includes(canary.secret) || (shown.includes(canary.secret.slice(0, 12)) && canary.secret.length > 30);
    });
    expect(survivors.map(({ kind }) => kind)).toEqual([]);
  });

  it("is one of at least 20 kinds in at least 12 places", () => {
    expect(CANARIES.length).toBeGreaterThanOrEqual(20);
    expect(Object.keys(PLACES).length).toBeGreaterThanOrEqual(12);
  });

  it("leaves what stands around it", () => {
    for (const { text, secret } of CANARIES) {
      if (text.includes("PRIVATE KEY")) continue;
      const [before, after] = text.split(secret) as [string, string];
      const redacted = redactor.redactText(`see ${text} there`);
      expect(redacted.replace(/\[redacted[^\]]*\]/, "")).toBe(`see ${before}${after} there`);
    }
    expect(redactor.redactText(`a ${PEM} b`)).toBe(
      "a -----BEGIN RSA PRIVATE KEY-----[redacted:private-key]-----END RSA PRIVATE KEY----- b",
    );
  });
});

describe("a canary in chunks", () => {
  const parts = (text: string, size: number): string[] =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));

  it.each([1, 2, 3, 5, 8, 13, 40])("of %i units is found in a list of an attribute, JSON or not", (size) => {
    for (const { kind, text, secret } of CANARIES) {
      const chunks = parts(`Sure: ${text} and so on`, size);
      const { attributes } = redactor.redactSpan(
        makeSpan({
          attributes: {
            list: chunks,
            "traceloop.entity.output": JSON.stringify([{ role: "model" }, ...chunks, null]),
            nested: JSON.stringify({ result: JSON.stringify({ chunks }) }),
          },
        }),
      );
      const [first, ...rest] = JSON.parse(attributes["traceloop.entity.output"] as string);
      const nested = JSON.parse(JSON.parse(attributes["nested"] as string).result).chunks;
      expect([first, rest.pop()]).toEqual([{ role: "model" }, null]);
      for (const list of [attributes["list"] as string[], rest, nested]) {
        expect(list.length).toBe(chunks.length);
        expect([kind, list.join("").includes(secret)]).toEqual([kind, false]);
        expect(list.join("").replace(/.*(?=Sure: )/s, "")).toMatch(/^Sure: [^]*and so on$/);
      }
    }
  });

  it("is found when it is split anywhere in two", () => {
    for (const { kind, text, secret } of CANARIES) {
      for (let at = 1; at < text.length; at++) {
        const list = JSON.parse(redactor.redactText(JSON.stringify([text.slice(0, at), text.slice(at)]))).join("");
        expect([kind, at, list.includes(secret)]).toEqual([kind, at, false]);
      }
    }
  });

  it("is found when it follows another at once", () => {
    for (const { kind, text, secret } of CANARIES) {
      for (const { text: before } of CANARIES) {
        const redacted = redactor.redactText(`${before} ${text}`);
        expect([kind, before, redacted.includes(secret)]).toEqual([kind, before, false]);
      }
    }
    const pem = `-----BEGIN PRIVATE KEY-----\n${"aB3dE5gH".repeat(8)}\n-----END PRIVATE KEY-----`;
    const address = `https://hooks.slack.com/services/T01AB2CD3/B04EF5GH6/${"aB3dE5gH".repeat(3)}`;
    expect(redactor.redactText(`${address}${pem}`)).not.toContain("aB3dE5gH");
    expect(redactor.redactText(`sk-proj-${"aB3dE5gH".repeat(4)}${pem}`)).not.toContain("aB3dE5gH");
  });

  it("is found where slashes are escaped, however deep", () => {
    let json = '{"url":"postgres:\\/\\/desk:p4ss-w0rd@db.internal\\/desk"}';
    for (let depth = 0; depth < 5; depth++) {
      expect([depth, redactor.redactText(json).includes("p4ss-w0rd")]).toEqual([depth, false]);
      json = JSON.stringify({ body: json });
    }
  });

  it("is found in a text full of what its mark ends with", () => {
    for (const { kind, text, secret } of CANARIES) {
      for (const filler of ["_", "-", "/", "snake_case_name ", "a-b-c ", "https://a.b/c "]) {
        const whole = `${filler.repeat(40)} ${text} ${filler.repeat(40)}`;
        expect([kind, filler, redactor.redactText(whole).includes(secret)]).toEqual([kind, filler, false]);
        const json = redactor.redactText(JSON.stringify({ body: JSON.stringify({ whole }) }));
        expect([kind, filler, unescaped(json).includes(unescaped(secret))]).toEqual([kind, filler, false]);
      }
    }
  });

  it("is found under a key that is split", () => {
    const list = ['{"na', 'me":"ada","pass', 'word": "hun', "ter", '2","age":3}'];
    expect(JSON.parse(redactor.redactText(JSON.stringify(list))).join("")).toBe(
      '{"name":"ada","password": "[redacted]","age":3}',
    );
  });
});

/** Without the backslashes of JSON in JSON, in which a canary would hide from the comparison. */
function unescaped(text: string): string {
  return text.replaceAll(/\\+n/g, "\n").replaceAll(/\\+/g, "");
}
