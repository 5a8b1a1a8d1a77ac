import { readOtlpSettings } from "../../lib/exporters/otlp-settings";
import { InvalidOptionError } from "../../lib/errors";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, makeExporter, startReceiver } from "./otlp-rig";
import { runSender } from "./sender-process";

type Variables = Readonly<Record<string, string>>;

const urlOf = (env: Variables): string => readOtlpSettings({}, env).url.href;
const headersOf = (env: Variables): Readonly<Record<string, string>> => readOtlpSettings({}, env).headers;

function errorOf(env: Variables): InvalidOptionError {
  try {
    readOtlpSettings({}, env);
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
  }
  throw new Error("no InvalidOptionError was thrown");
}

describe("the variables of an OTLP exporter", () => {
  it("leave OpenTelemetry's defaults when none is set", () => {
    expect(readOtlpSettings({}, {})).toMatchObject({
      url: new URL("http://localhost:4318/v1/traces"),
      headers: {},
      protocol: "http/protobuf",
      compression: "none",
      timeoutMillis: 10_000,
    });
  });

  it("count as not set when they are empty", () => {
    const names = ["ENDPOINT", "HEADERS", "TIMEOUT", "COMPRESSION", "PROTOCOL", "CERTIFICATE", "CLIENT_KEY"];
    const env = Object.fromEntries(
      names.flatMap((name) => [
        [`OTEL_EXPORTER_OTLP_${name}`, " "],
        [`OTEL_EXPORTER_OTLP_TRACES_${name}`, ""],
      ]),
    );
    expect(readOtlpSettings({}, env)).toEqual(readOtlpSettings({}, {}));
  });

  it.each([
    ["http://collector:4318", "http://collector:4318/v1/traces"],
    ["http://collector:4318/", "http://collector:4318/v1/traces"],
    ["http://collector:4318/otlp", "http://collector:4318/otlp/v1/traces"],
    ["http://collector:4318/otlp//", "http://collector:4318/otlp/v1/traces"],
    ["http://collector:4318/v1/traces", "http://collector:4318/v1/traces"],
    ["http://collector:4318/otlp/v1/traces/", "http://collector:4318/otlp/v1/traces"],
    ["https://collector/otlp?a=1", "https://collector/otlp/v1/traces?a=1"],
  ])("put the traces' path behind the general endpoint %s", (endpoint, url) => {
    expect(urlOf({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toBe(url);
  });

  it.each(["http://collector:4318/", "http://collector:4318/otlp", "http://collector/v1/traces/"])(
    "leave the traces' endpoint %s as it is",
    (endpoint) => {
      const env = {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:1",
      };
      expect(urlOf(env)).toBe(endpoint);
    },
  );

  it("give way to a url option", () => {
    const env = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://one:1/",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://other:1",
    };
    expect(readOtlpSettings({ url: "http://mine:1" }, env).url.href).toBe("http://mine:1/v1/traces");
  });

  it("give headers, percent-decoded, those of traces before the general ones and the option's before both", () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b%2Cc, x-one=general ,X-Two=general,,x-three=a=b==",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-two=traces,x-four=traces",
    };
    expect(headersOf(env)).toEqual({
      "api-key": "a b,c",
      "x-one": "general",
      "x-two": "traces",
      "x-three": "a=b==",
      "x-four": "traces",
    });
    expect(readOtlpSettings({ headers: { "X-FOUR": "option" } }, env).headers).toMatchObject({
      "x-two": "traces",
      "x-four": "option",
    });
  });

  it.each(["secret", "x-key=100%", "%zz=secret", "Authorization: Bearer secret", "x key=secret", "x-key=a%0Asecret"])(
    'refuse the header list "%s" without showing it',
    (list) => {
      for (const name of ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]) {
        const { message, option } = errorOf({ [name]: list });
        expect(option).toContain(name);
        expect(message).not.toMatch(/secret|100/);
      }
    },
  );

  it.each(["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"])("read %s in milliseconds", (name) => {
    expect(readOtlpSettings({}, { [name]: "2500" }).timeoutMillis).toBe(2_500);
    expect(readOtlpSettings({ timeoutMillis: 7 }, { [name]: "2500" }).timeoutMillis).toBe(7);
    for (const value of ["0", "-1", "1.5", "10s", "1e3", "2147483648"])
      expect(errorOf({ [name]: value }).option).toBe(name);
  });

  it.each(["OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"])("read %s", (name) => {
    expect(readOtlpSettings({}, { [name]: "gzip" }).compression).toBe("gzip");
    expect(readOtlpSettings({}, { [name]: "none" }).compression).toBe("none");
    expect(readOtlpSettings({ compression: "none" }, { [name]: "gzip" }).compression).toBe("none");
    expect(errorOf({ [name]: "zstd" }).option).toBe(name);
  });

  it.each(["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"])("read %s", (name) => {
    expect(readOtlpSettings({}, { [name]: "http/json" }).protocol).toBe("http/json");
    expect(readOtlpSettings({ protocol: "http/protobuf" }, { [name]: "http/json" }).protocol).toBe("http/protobuf");
    expect(errorOf({ [name]: "grpc" }).message).toBe(
      `SPANDREL_INVALID_OPTION: expected ${name} to be http/protobuf, http/json, got "grpc" (string)`,
    );
  });

  it("prefer the one for traces in every setting", () => {
    const env = Object.fromEntries(
      [
        ["TIMEOUT", "1", "2"],
        ["COMPRESSION", "gzip", "none"],
        ["PROTOCOL", "http/json", "http/protobuf"],
      ].flatMap(([name, own, general]) => [
        [`OTEL_EXPORTER_OTLP_TRACES_${name}`, own],
        [`OTEL_EXPORTER_OTLP_${name}`, general],
      ]),
    );
    expect(readOtlpSettings({}, env)).toMatchObject({ timeoutMillis: 1, compression: "gzip", protocol: "http/json" });
  });

  it("are those of the process, unless a spec gives others", async () => {
    const receiver = await startReceiver();
    const { stdout } = await runSender({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/base/`,
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=k",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    expect(stdout).toBe('{"code":0}\n');
    expect(receiver.requests).toMatchObject([
      {
        path: "/base/v1/traces",
        headers: { "api-key": "k", "content-encoding": "gzip", "content-type": "application/json" },
        spans: [{ name: "sent" }],
      },
    ]);
  });

  it("have an effect on the request", async () => {
    const receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/exact`, OTEL_EXPORTER_OTLP_HEADERS: "a=b%20c" };
    await exportBatch(makeExporter({}, env), makeSpan());
    expect(receiver.requests).toMatchObject([{ path: "/exact", headers: { a: "b c" } }]);
  });
});
