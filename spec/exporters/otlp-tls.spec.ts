import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidOptionError } from "../../lib/errors";
import { OtlpSpanExporter } from "../../lib/exporters/index";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, makeExporter, startReceiver } from "./otlp-rig";

const CERTIFICATE = join(__dirname, "fixtures/tls/certificate.pem");
const KEY = join(__dirname, "fixtures/tls/key.pem");
const files = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) };

describe("a server with a certificate", () => {
  it("that nobody vouches for gets nothing, and may get it later", async () => {
    const receiver = await startReceiver({ tls: files });
    const result = await exportBatch(makeExporter({ url: receiver.url }), makeSpan());
    expect(result).toMatchObject({ code: 1, retryAfterMillis: 0 });
    const mend = "give the CA in OTEL_EXPORTER_OTLP_CERTIFICATE";
    expect(result.error?.message).toBe(`POST ${receiver.url}/v1/traces failed: self-signed certificate; ${mend}`);
    expect(receiver.requests).toHaveLength(0);
  });

  it.each(["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"])(
    "that %s vouches for gets the batch over one connection",
    async (name) => {
      const receiver = await startReceiver({ tls: files });
      const exporter = makeExporter({ url: receiver.url }, { [name]: CERTIFICATE });
      expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
      expect(await exportBatch(exporter, makeSpan())).toEqual({ code: 0 });
      expect(receiver.connections).toBe(1);
    },
  );

  it("gets the client's own", async () => {
    const receiver = await startReceiver({
      tls: { ...files, ca: files.cert, requestCert: true, rejectUnauthorized: true },
    });
    const env = { OTEL_EXPORTER_OTLP_CERTIFICATE: CERTIFICATE };
    expect(await exportBatch(makeExporter({ url: receiver.url }, env), makeSpan())).toMatchObject({ code: 1 });
    const own = {
      OTEL_EXPORTER_OTLP_CLIENT_KEY: "/no/such/file",
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: KEY,
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: CERTIFICATE,
    };
    expect(await exportBatch(makeExporter({ url: receiver.url }, { ...env, ...own }), makeSpan())).toEqual({ code: 0 });
  });
});

describe("a file that a variable names", () => {
  const make = (env: Readonly<Record<string, string>>, url = "https://localhost:1"): OtlpSpanExporter =>
    new OtlpSpanExporter({ url }, env);

  it.each([
    ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file", "certificate"],
    ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", KEY, "certificate"],
    ["OTEL_EXPORTER_OTLP_CLIENT_KEY", CERTIFICATE, "private key"],
    ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", KEY, "certificate"],
  ])("and that cannot be used is an error: %s", (name, path, content) => {
    const expected = new InvalidOptionError(name, `the path of a PEM file with a ${content}`, path);
    expect(() => make({ [name]: path })).toThrow(expected);
  });

  it("is not read for a URL without TLS", () => {
    expect(() => make({ OTEL_EXPORTER_OTLP_CERTIFICATE: "/no/such/file" }, "http://localhost:1")).not.toThrow();
  });
});
