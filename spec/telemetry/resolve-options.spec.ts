import type { TracerProvider } from "@opentelemetry/api";

import { DEFAULT_CAPTURE_LIMITS } from "../../lib/capture/index.js";
import { InvalidOptionError } from "../../lib/index.js";
import type { TelemetryOptions } from "../../lib/index.js";
import { type ResolvedOptions, resolveOptions } from "../../lib/telemetry/resolve-options.js";

type Env = Record<string, string>;
const resolve = (options: unknown = {}, env: Env = {}): ResolvedOptions =>
  resolveOptions(options as TelemetryOptions, env);

interface Row {
  readonly option: string;
  readonly read: (resolved: ResolvedOptions) => unknown;
  readonly fallback: unknown;
  /** Variables in the order of their precedence: what is written there, and what comes out. */
  readonly variables: readonly (readonly [name: string, text: string, value: unknown])[];
  readonly given: unknown;
}

const ROWS: readonly Row[] = [
  {
    option: "appName",
    read: ({ appName }) => appName?.value,
    fallback: undefined,
    variables: [
      ["SPANDREL_APP_NAME", "one", "one"],
      ["RESPAN_APP_NAME", "two", "two"],
      ["OTEL_SERVICE_NAME", "three", "three"],
    ],
    given: "option",
  },
  {
    option: "apiKey",
    read: ({ respan }) => respan?.apiKey,
    fallback: undefined,
    variables: [["RESPAN_API_KEY", "one", "one"]],
    given: "option",
  },
  {
    option: "logLevel",
    read: ({ logLevel }) => logLevel,
    fallback: "warn",
    variables: [
      ["SPANDREL_LOG_LEVEL", "info", "info"],
      ["RESPAN_LOG_LEVEL", "error", "error"],
    ],
    given: "silent",
  },
  {
    option: "isBatchingEnabled",
    read: ({ isBatchingEnabled }) => isBatchingEnabled,
    fallback: true,
    variables: [
      ["SPANDREL_BATCHING_ENABLED", "false", false],
      ["RESPAN_BATCHING_ENABLED", "0", false],
    ],
    given: false,
  },
  {
    option: "isEnabled",
    read: ({ isEnabled }) => isEnabled,
    fallback: true,
    variables: [
      ["SPANDREL_ENABLED", "no", false],
      ["OTEL_SDK_DISABLED", "TRUE", false],
    ],
    given: false,
  },
  {
    option: "environment",
    read: ({ defaults }) => defaults.environment,
    fallback: undefined,
    variables: [["SPANDREL_ENVIRONMENT", "staging", "staging"]],
    given: "option",
  },
  {
    option: "captureContent",
    read: ({ captureContent }) => captureContent,
    fallback: true,
    variables: [
      ["SPANDREL_CAPTURE_CONTENT", "off", false],
      ["TRACELOOP_TRACE_CONTENT", "False", false],
      ["RESPAN_TRACE_CONTENT", "0", false],
    ],
    given: false,
  },
  {
    option: "autoFlush",
    read: ({ autoFlush }) => autoFlush,
    fallback: "root",
    variables: [["RESPAN_AUTO_FLUSH", "ALWAYS", "always"]],
    given: "off",
  },
];

describe.each(ROWS)("$option", ({ option, read, fallback, variables, given }) => {
  it("has its default where nothing is set", () => {
    expect(read(resolve())).toBe(fallback);
    expect(read(resolve({ [option]: undefined }))).toBe(fallback);
  });

  it.each(variables)("is read from %s", (name, text, value) => {
    expect(read(resolve({}, { [name]: text }))).toBe(value);
    expect(read(resolve({}, { [name]: `  ${text} ` }))).toBe(value);
  });

  it.each(variables)("takes an empty %s for unset", (name) => {
    expect(read(resolve({}, { [name]: "" }))).toBe(fallback);
    expect(read(resolve({}, { [name]: "  " }))).toBe(fallback);
  });

  it("beats every variable", () => {
    const env = Object.fromEntries(variables.map(([name, text]) => [name, text]));
    expect(read(resolve({ [option]: given }, env))).toBe(given);
  });
});

describe("of several variables", () => {
  it.each(ROWS.filter(({ variables }) => variables.length > 1 && variables[0]?.[2] !== variables[1]?.[2]))(
    "the first in the column decides $option",
    ({ read, variables }) => {
      for (let first = 0; first < variables.length; first++) {
        const env = Object.fromEntries(variables.slice(first).map(([name, text]) => [name, text]));
        expect(read(resolve({}, env))).toBe(variables[first]?.[2]);
      }
    },
  );

  it("the first decides batching and enabling, whatever the second says", () => {
    expect(resolve({}, { SPANDREL_BATCHING_ENABLED: "yes", RESPAN_BATCHING_ENABLED: "no" }).isBatchingEnabled).toBe(
      true,
    );
    expect(resolve({}, { SPANDREL_BATCHING_ENABLED: "", RESPAN_BATCHING_ENABLED: "no" }).isBatchingEnabled).toBe(false);
    expect(resolve({}, { SPANDREL_ENABLED: "1", OTEL_SDK_DISABLED: "true" }).isEnabled).toBe(true);
    expect(resolve({}, { SPANDREL_ENABLED: "off", OTEL_SDK_DISABLED: "false" }).isEnabled).toBe(false);
  });
});

describe("captureContent", () => {
  it.each<[boolean | undefined, Env]>([
    [true, { SPANDREL_CAPTURE_CONTENT: "false" }],
    [true, { TRACELOOP_TRACE_CONTENT: "no" }],
    [true, { RESPAN_TRACE_CONTENT: "false" }],
    [undefined, { SPANDREL_CAPTURE_CONTENT: "true", TRACELOOP_TRACE_CONTENT: "false" }],
    [false, { SPANDREL_CAPTURE_CONTENT: "true" }],
  ])("is off as soon as anything says so: option %s, environment %j", (captureContent, env) => {
    expect(resolve({ captureContent }, env).captureContent).toBe(false);
  });
});

describe("variables of other tools", () => {
  it("mean what those tools take them for, and any other word leaves the default", () => {
    expect(resolve({}, { OTEL_SDK_DISABLED: "yes" }).isEnabled).toBe(true);
    expect(resolve({}, { TRACELOOP_TRACE_CONTENT: "maybe" }).captureContent).toBe(true);
  });

  it.each([
    ["WARNING", "warn"],
    ["critical", "error"],
    ["fatal", "error"],
    ["none", "silent"],
    ["Debug", "debug"],
  ])("may write the level as %s", (word, level) => {
    expect(resolve({}, { SPANDREL_LOG_LEVEL: word }).logLevel).toBe(level);
  });

  it.each([["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], ["OTEL_EXPORTER_OTLP_ENDPOINT"]])(
    "of OpenTelemetry say whether there is an endpoint: %s",
    (name) => {
      expect(resolve({}, { [name]: "x" }).hasOtlpEndpoint).toBe(true);
      expect(resolve({}, { [name]: "" }).hasOtlpEndpoint).toBe(false);
    },
  );

  it("knows production by NODE_ENV alone", () => {
    expect(resolve({}, { NODE_ENV: "production" }).isProduction).toBe(true);
    expect(resolve({}, { NODE_ENV: "prod" }).isProduction).toBe(false);
  });
});

describe("what is passed on as given", () => {
  it("keeps exporter, processors, callback, provider, attributes and identifiers", () => {
    const exporter = { export: () => {}, shutdown: async () => {} };
    const tracerProvider: TracerProvider = { getTracer: () => ({}) as never };
    const spanPostprocessCallback = (): void => {};
    const resolved = resolve({
      customExporter: exporter,
      processors: { debug: { exporter } },
      spanPostprocessCallback,
      tracerProvider,
      resourceAttributes: { region: "eu" },
      customerIdentifier: "c-1",
      threadIdentifier: "t-1",
      metadata: { plan: "pro" },
      isExitHandled: false,
    });
    expect(resolved).toMatchObject({
      customExporter: exporter,
      processors: { debug: { exporter } },
      spanPostprocessCallback,
      tracerProvider,
      resourceAttributes: { region: "eu" },
      defaults: { customerIdentifier: "c-1", threadIdentifier: "t-1", metadata: { plan: "pro" } },
      isExitHandled: false,
    });
    expect(resolve().isExitHandled).toBe(true);
  });

  it("tells a name from the option, which beats resource attributes, from one out of the environment", () => {
    expect(resolve({ appName: "a" }).appName).toEqual({ value: "a", isExplicit: true });
    expect(resolve({}, { SPANDREL_APP_NAME: "a" }).appName).toEqual({ value: "a", isExplicit: false });
  });

  it("keeps the capture limits that are not given", () => {
    expect(resolve().limits).toEqual(DEFAULT_CAPTURE_LIMITS);
    expect(resolve({ capture: { maxItems: 3, maxDepth: undefined } }).limits).toEqual({
      ...DEFAULT_CAPTURE_LIMITS,
      maxItems: 3,
    });
    expect(resolve({ capture: { maxBytes: 1_048_576 } }).limits.maxBytes).toBe(1_048_576);
    expect(DEFAULT_CAPTURE_LIMITS).toEqual({ maxBytes: 65_536, maxDepth: 32, maxItems: 1000 });
  });
});

describe("a value that cannot be used", () => {
  it.each<[string, unknown, string, string]>([
    ["appName", "", "a non-empty string", '"" (string)'],
    ["appName", 7, "a non-empty string", "7 (number)"],
    ["customerIdentifier", {}, "a non-empty string", "an object"],
    ["threadIdentifier", null, "a non-empty string", "null"],
    ["environment", ["prod"], "a non-empty string", "an array"],
    ["isBatchingEnabled", "true", "a boolean", '"true" (string)'],
    ["isEnabled", 0, "a boolean", "0 (number)"],
    ["captureContent", null, "a boolean", "null"],
    ["isExitHandled", Symbol("x"), "a boolean", "a symbol"],
    ["resourceAttributes", [], "an object", "an array"],
    ["metadata", "plan", "an object", '"plan" (string)'],
    ["processors", [], "an object", "an array"],
    ["capture", 5, "an object", "5 (number)"],
    ["logLevel", "WARN", "debug, info, warn, error, silent", '"WARN" (string)'],
    ["autoFlush", true, "off, root, always", "true (boolean)"],
    ["spanPostprocessCallback", {}, "a function", "an object"],
    ["customExporter", () => {}, "a SpanExporter", "a function"],
    ["tracerProvider", {}, "a TracerProvider, or a function that makes one", "an object"],
    ["capture.maxBytes", 0, "an integer from 1 to 1048576", "0 (number)"],
    ["capture.maxBytes", 1_048_577, "an integer from 1 to 1048576", "1048577 (number)"],
    ["capture.maxDepth", 1.5, "an integer from 1 to 9007199254740991", "1.5 (number)"],
    ["capture.maxItems", "9", "an integer from 1 to 9007199254740991", '"9" (string)'],
    ["capture.maxByte", 1, "maxBytes, maxDepth or maxItems", "1 (number)"],
  ])("throws at once with name, expectation and value: %s", (path, value, expected, given) => {
    const [option = "", inner] = path.split(".");
    const options = { [option]: inner === undefined ? value : { [inner]: value } };
    const attempt = (): unknown => resolve(options);
    expect(attempt).toThrow(InvalidOptionError);
    expect(attempt).toThrow(`SPANDREL_INVALID_OPTION: expected ${path} to be ${expected}, got ${given}`);
    expect(caught(attempt)).toMatchObject({ option: path, code: "SPANDREL_INVALID_OPTION" });
  });

  it.each<[string, string, string]>([
    ["SPANDREL_LOG_LEVEL", "loud", "debug, info, warn, error, silent"],
    ["RESPAN_LOG_LEVEL", "5", "debug, info, warn, error, silent"],
    ["SPANDREL_BATCHING_ENABLED", "maybe", "true or false"],
    ["RESPAN_BATCHING_ENABLED", "2", "true or false"],
    ["SPANDREL_ENABLED", "enabled", "true or false"],
    ["SPANDREL_CAPTURE_CONTENT", "nope", "true or false"],
    ["RESPAN_AUTO_FLUSH", "sometimes", "off, root, always"],
  ])("throws when it stands in the environment: %s=%s", (name, value, expected) => {
    const attempt = (): unknown => resolve({}, { [name]: value });
    expect(attempt).toThrow(`expected ${name} to be ${expected}, got "${value}" (string)`);
    expect(caught(attempt)).toMatchObject({ option: name });
  });

  it("is not looked for in a variable that an option overrides", () => {
    expect(resolve({ logLevel: "info" }, { SPANDREL_LOG_LEVEL: "loud" }).logLevel).toBe("info");
  });
});

describe("options that are none", () => {
  it.each([["appname"], ["apikey"], ["toString"], ["__proto__x"]])(
    "throw, with the list of those there are: %s",
    (key) => {
      const attempt = (): unknown => resolve({ [key]: "the-value" });
      expect(attempt).not.toThrow(/the-value/);
      expect(attempt).toThrow(InvalidOptionError);
      expect(attempt).toThrow(`expected startTelemetry ${key} to be one of appName, apiKey, baseUrl, `);
    },
  );

  it.each([[null], ["desk"], [7]])("are no options object: %p", (options) => {
    expect(() => resolve(options)).toThrow(/expected options to be an object/);
  });
});

function caught(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
