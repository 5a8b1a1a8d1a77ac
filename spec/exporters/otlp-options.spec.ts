import { InvalidOptionError } from "../../lib/errors";
import {
  ConsoleSpanExporter,
  FileSpanExporter,
  OtlpSpanExporter,
  RespanSpanExporter,
  type FileSpanExporterOptions,
  type OtlpSpanExporterOptions,
} from "../../lib/exporters/index";

/** The options may be what plain JavaScript passes. */
function errorOf(options: unknown): InvalidOptionError {
  try {
    new OtlpSpanExporter(options as OtlpSpanExporterOptions, {});
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("an option that cannot be used", () => {
  it.each([
    ["no object", null, "OtlpSpanExporter"],
    ["a text", "http://localhost", "OtlpSpanExporter"],
    ["a protocol there is not", { protocol: "grpc" }, "OtlpSpanExporter.protocol"],
    ["a compression there is not", { compression: "br" }, "OtlpSpanExporter.compression"],
    ["no time at all", { timeoutMillis: 0 }, "OtlpSpanExporter.timeoutMillis"],
    ["half a millisecond", { timeoutMillis: 0.5 }, "OtlpSpanExporter.timeoutMillis"],
    ["a time that is no number", { timeoutMillis: "10" }, "OtlpSpanExporter.timeoutMillis"],
    ["a time Node cannot wait", { timeoutMillis: 2 ** 31 }, "OtlpSpanExporter.timeoutMillis"],
    ["headers in a list", { headers: ["a"] }, "OtlpSpanExporter.headers"],
    ["headers in a text", { headers: "a=b" }, "OtlpSpanExporter.headers"],
    ["a header without a value", { headers: { "x-key": undefined } }, "OtlpSpanExporter.headers.x-key"],
    ["a header of numbers", { headers: { "x-key": 1 } }, "OtlpSpanExporter.headers.x-key"],
  ])("is an error: %s", (_, options, option) => {
    expect(errorOf(options).option).toBe(option);
  });

  it.each([
    ["a value of two lines", { headers: { "x-key": "secret\r\nx: y" } }, "OtlpSpanExporter.headers.x-key"],
    ["a value that is not Latin", { headers: { "x-key": "secret…" } }, "OtlpSpanExporter.headers.x-key"],
    ["a name that is none", { headers: { a: "b", "Bearer secret": "" } }, "OtlpSpanExporter.headers (name 2)"],
    ["a name of two lines", { headers: { "x\nsecret": "" } }, "OtlpSpanExporter.headers (name 1)"],
    ["a URL without a scheme", { url: "desk:secret@collector:4318" }, "OtlpSpanExporter.url"],
    ["a URL of another scheme", { url: "ftp://desk:secret@collector" }, "OtlpSpanExporter.url"],
    ["a URL with a broken password", { url: "http://desk:secret%zz@collector" }, "OtlpSpanExporter.url"],
    ["a URL with a broken user", { url: "http://secret%zz@collector" }, "OtlpSpanExporter.url"],
    ["a URL of nothing", { url: "" }, "OtlpSpanExporter.url"],
    ["a URL that is none", { url: 7 }, "OtlpSpanExporter.url"],
  ])("is an error that shows no secret: %s", (_, options, option) => {
    const error = errorOf(options);
    expect(error.option).toBe(option);
    expect(error.message).not.toContain("secret");
    expect(error.cause).toBeUndefined();
  });

  it.each([
    ["OtlpSpanExporter", (options: object) => new OtlpSpanExporter(options, {}), {}],
    ["RespanSpanExporter", (options: object) => new RespanSpanExporter(options, {}), { apiKey: "k" }],
    ["FileSpanExporter", (options: object) => new FileSpanExporter(options as FileSpanExporterOptions), { path: "t" }],
    ["ConsoleSpanExporter", (options: object) => new ConsoleSpanExporter(options), {}],
  ])("is an error where %s does not know it, with the ones it knows and without its text", (name, make, options) => {
    const construct = (): unknown => make({ ...options, apikey: "secret" });
    expect(construct).toThrow(InvalidOptionError);
    expect(construct).toThrow(expect.objectContaining({ option: `${name}.apikey` }));
    expect(construct).toThrow(/^SPANDREL_INVALID_OPTION: expected \w+\.apikey to be one of .+, got "…" \(string\)$/);
  });

  it("is told of with those there are", () => {
    expect(errorOf({ endpoint: 7 }).message).toBe(
      "SPANDREL_INVALID_OPTION: expected OtlpSpanExporter.endpoint to be " +
        "one of url, headers, protocol, timeoutMillis, compression, got 7 (number)",
    );
  });

  it("does not stop what leaves options out", () => {
    expect(() => new OtlpSpanExporter({ headers: { "x-empty": "" } }, {})).not.toThrow();
    expect(() => new OtlpSpanExporter(undefined, {})).not.toThrow();
  });
});
