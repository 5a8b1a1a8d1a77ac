import { ExportError } from "../../lib/exporters/index";
import type { ExportResult, OtlpSpanExporterOptions } from "../../lib/exporters/index";
import { makeSpan } from "../otlp/make-span";
import type { OtlpAnswer } from "../support/otlp-receiver";
import { exportBatch, logged, makeExporter, startReceiver } from "./otlp-rig";

interface Refusal {
  readonly result: ExportResult;
  /** Of the error, with URL for the receiver's origin. */
  readonly message: string;
  readonly url: string;
}

async function refuse(answer: OtlpAnswer, options: OtlpSpanExporterOptions = {}): Promise<Refusal> {
  const receiver = await startReceiver();
  receiver.answer(answer);
  const result = await exportBatch(makeExporter({ url: receiver.url, ...options }), makeSpan(), makeSpan({ id: 2 }));
  expect(receiver.requests).toHaveLength(1);
  return { result, message: result.error!.message.replaceAll(receiver.url, "URL"), url: receiver.url };
}

describe("a batch that the server refuses", () => {
  it.each([408, 425, 429, 502, 503, 504, 507, 520, 522, 524, 529, 599])(
    "may be given again after %d",
    async (status) => {
      const { result } = await refuse({ status });
      expect(result).toEqual({ code: 1, error: expect.any(ExportError), retryAfterMillis: 0 });
      expect(result.error).toMatchObject({ name: "ExportError", code: "SPANDREL_EXPORT_FAILED", status });
    },
  );

  it("may be given again after 500, and may itself be the reason", async () => {
    const { result } = await refuse({ status: 500 });
    expect(result).toEqual({ code: 1, error: expect.any(ExportError), retryAfterMillis: 0, isAboutBatch: true });
  });

  it("is rejected as a whole after 413, and its parts may be taken", async () => {
    const { result } = await refuse({ status: 413 });
    expect(result).toEqual({ code: 1, error: expect.any(ExportError), rejected: 2, isTooLarge: true });
  });

  it.each([400, 401, 403, 404, 405, 409, 410, 411, 415, 422, 431, 451, 501, 505, 511, 600])(
    "is rejected as a whole after %d",
    async (status) => {
      const { result } = await refuse({ status, headers: { "retry-after": "5" } });
      expect(result).toEqual({ code: 1, error: expect.any(ExportError), rejected: 2 });
      expect(result.error).toMatchObject({ status });
    },
  );

  it("counts the spans that were not even sent", async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 400 });
    const result = await exportBatch(makeExporter({ url: receiver.url }), makeSpan({ traceId: "none" }), makeSpan());
    expect(result).toMatchObject({ code: 1, rejected: 2 });
  });

  it.each(["http/protobuf", "http/json"] as const)("is told of in the server's own words (%s)", async (protocol) => {
    const { message } = await refuse({ status: 400, message: "no such project" }, { protocol });
    expect(message).toBe('POST URL/v1/traces answered 400 Bad Request, "no such project"');
    expect(logged).toEqual([]);
  });

  it("is told of in words without a format", async () => {
    const headers = { "content-type": "text/plain; charset=utf-8" };
    const { message } = await refuse({ status: 400, reason: "", body: "no such project\n", headers });
    expect(message).toBe('POST URL/v1/traces answered 400, "no such project"');
  });

  it("is told of without a page of markup", async () => {
    const { message } = await refuse({
      status: 502,
      body: "<h1>Bad</h1>",
      headers: { "content-type": "text/html" },
    });
    expect(message).toBe("POST URL/v1/traces answered 502 Bad Gateway");
  });

  it.each([
    [401, {}, "give the key the server asks for in headers, or in OTEL_EXPORTER_OTLP_HEADERS"],
    [403, {}, "give the key the server asks for in headers, or in OTEL_EXPORTER_OTLP_HEADERS"],
    [404, {}, "the path of a receiver as a rule ends in /v1/traces"],
    [413, {}, "lower queue.maxBatchBytes of the processor"],
    [415, {}, 'try protocol "http/json"'],
    [415, { protocol: "http/json" }, 'try protocol "http/protobuf"'],
  ] as const)("says how to mend %d", async (status, options, mend) => {
    const { message } = await refuse({ status, reason: "No" }, options);
    expect(message).toBe(`POST URL/v1/traces answered ${status} No; ${mend}`);
  });

  it("shows at most 200 columns of what the server says, and nothing that moves the cursor", async () => {
    const { message } = await refuse({ status: 400, message: `\u001b[2J\r\n\u0007${"x".repeat(500)}` });
    expect(message).toMatch(/"[^"]{199}…"$/);
    // eslint-disable-next-line no-control-regex -- the controls are what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe("a key that was sent", () => {
  const headers = { Authorization: "Bearer key-4711-abcd", "x-team": "t9" };
  const echo = "no access for Bearer key-4711-abcd, or key-4711-abcd, of t9";

  it.each([
    ["the server repeats it", { status: 401, message: echo }],
    ["the reason phrase repeats it", { status: 401, reason: echo }],
    ["a redirect repeats it", { status: 307, headers: { location: "/key-4711-abcd/t9?k=key-4711-abcd" } }],
    ["a warning repeats it", { message: echo }],
  ])("is not shown where %s", async (_, answer) => {
    const receiver = await startReceiver();
    receiver.answer(answer);
    const result = await exportBatch(makeExporter({ url: receiver.url, headers }), makeSpan());
    const shown = `${result.error?.message} ${logged.join("")}`;
    expect(shown).toContain("…");
    expect(shown).not.toMatch(/4711|t9/);
  });

  it("is not shown where it is in the URL, as it is written there or as it is meant", async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 401, message: "desk, key%404711, key@4711, token=key%2B0815, key+0815" });
    const url = `${receiver.url.replace("//", "//desk:key%404711@")}/a?token=key%2B0815#key-4711`;
    const { error } = await exportBatch(makeExporter({ url }), makeSpan());
    expect(error?.message).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/a answered 401 Unauthorized, "…, …, …, …, …"; /);
  });
});

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("%d is not followed, and its target is named", async (status) => {
    const elsewhere = await startReceiver();
    const location = `${elsewhere.url.replace("//", "//desk:secret@")}/new/v1/traces?token=secret#secret`;
    const { result, message } = await refuse({ status, reason: "Moved", headers: { location } });
    expect(result).toMatchObject({ code: 1, rejected: 2 });
    expect(message).toBe(
      `POST URL/v1/traces answered ${status} Moved; ` +
        `redirects are not followed, set url to ${elsewhere.url}/new/v1/traces`,
    );
    expect(elsewhere.connections).toBe(0);
  });

  it("to a path of the same server is named as a whole", async () => {
    const { message } = await refuse({ status: 308, reason: "Moved", headers: { location: "/otlp/" } });
    expect(message).toBe("POST URL/v1/traces answered 308 Moved; redirects are not followed, set url to URL/otlp/");
  });

  it.each([{}, { location: "http://" }])("to nowhere is a refusal", async (headers) => {
    const { message } = await refuse({ status: 302, headers });
    expect(message).toBe("POST URL/v1/traces answered 302 Found");
  });
});
