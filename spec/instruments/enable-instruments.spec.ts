import { FakeProject, type Format, instrumentationClass } from "./fake-project.js";

const NATIVE = `
  const native = (name, packageName, modules) => ({
    name, packageName, modules,
    enable(found) {
      said.push(name + " patches " + found.map(({ copy }) => copy).join(", "));
      return () => said.push(name + " unpatches");
    },
  });
`;
const openai = (version: string): { version: string; files: Record<string, string> } => ({
  version,
  files: { "chat.js": `exports.copy = "${version} js";`, "chat.mjs": `export const copy = "${version} mjs";` },
});
const pgPackage = {
  version: "0.76.0",
  files: { "index.js": `exports.PgInstrumentation = ${instrumentationClass("PgInstrumentation")};` },
};
const library = { version: "8.0.0", files: { "index.js": "exports.isPg = true;" } };
const pgProject = (): FakeProject =>
  new FakeProject().install("@opentelemetry/instrumentation-pg", pgPackage).install("pg", library);

describe("a native instrument", () => {
  it.each<Format>(["cjs", "esm"])("patches both copies of every version, and unpatches, in the %s copy", (format) => {
    const project = new FakeProject()
      .install("openai", openai("7.0.0"))
      .install("openai", openai("6.0.0"), "apps/desk");
    const { result, log, noise } = project.run(
      `${NATIVE} enable(select("openai"), [native("openai", "openai", ["chat", "absent"])])(); result(said)`,
      { format, path: "apps/desk/program.mjs" },
    );
    expect(result).toEqual(["openai patches 7.0.0 js, 7.0.0 mjs, 6.0.0 js, 6.0.0 mjs", "openai unpatches"]);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_ENABLED: instrument openai is enabled: Spandrel's own, for openai@7.0.0",
      "SPANDREL_INSTRUMENT_ENABLED: instrument openai is enabled: Spandrel's own, for openai@6.0.0",
    ]);
    expect(noise).toBe("");
  });

  it("is skipped with a line where its library is missing, or has none of its modules", () => {
    const project = new FakeProject().install("@anthropic-ai/sdk", { version: "0.1.0", files: {} });
    const { result, log } = project.run(`${NATIVE}
      const natives = [native("openai", "openai", ["chat"]), native("anthropic", "@anthropic-ai/sdk", ["chat"])];
      enable(select("openai", "anthropic"), natives)();
      result(said);
    `);
    expect(result).toEqual([]);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_SKIPPED: instrument openai is skipped: openai is not installed",
      "SPANDREL_INSTRUMENT_SKIPPED: instrument anthropic is skipped: @anthropic-ai/sdk@0.1.0 has none of the modules that are traced",
    ]);
  });

  it("that throws harms neither the program nor the next one", () => {
    const project = pgProject().install("openai", openai("7.0.0"));
    const { result, log } = project.run(`
      const enableOpenAI = () => { throw new Error("broken on purpose"); };
      enable(select("openai", "pg"), [{ name: "openai", packageName: "openai", modules: ["chat"], enable: enableOpenAI }])();
      result(said);
    `);
    expect(result).toEqual([
      "PgInstrumentation constructed",
      "PgInstrumentation gets provider spandrel",
      "PgInstrumentation disabled",
    ]);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_FAILED: enabling the instrument openai failed and was contained: Error: broken on purpose",
      "SPANDREL_INSTRUMENT_ENABLED: instrument pg is enabled: @opentelemetry/instrumentation-pg@0.76.0",
    ]);
  });

  it("takes the place of every other instrumentation of its library", () => {
    const foreign = `exports.OpenAIInstrumentation = ${instrumentationClass("OpenAIInstrumentation")};`;
    const project = new FakeProject()
      .install("openai", openai("7.0.0"))
      .install("@opentelemetry/instrumentation-openai", { files: { "index.js": foreign } })
      .install("@traceloop/instrumentation-openai", { files: { "index.js": foreign } })
      .install("@traceloop/instrumentation-azure", { files: { "index.js": foreign } });
    const { result } = project.run(`${NATIVE}
      enable(selectInstruments({}), [native("openai", "openai", ["chat"])]);
      enable(select("azure-openai"));
      enable(selectInstruments({ blockInstruments: ["openai"] }));
      result(said);
    `);
    expect(result).toEqual(["openai patches 7.0.0 js, 7.0.0 mjs"]);
  });
});

describe("an instrumentation package", () => {
  it.each<Format>(["cjs", "esm"])("is constructed with the provider and disabled again, in the %s copy", (format) => {
    const { result, log, noise } = pgProject().run(`enable(select("pg"))(); result(said)`, { format });
    expect(result).toEqual([
      "PgInstrumentation constructed",
      "PgInstrumentation gets provider spandrel",
      "PgInstrumentation disabled",
    ]);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_ENABLED: instrument pg is enabled: @opentelemetry/instrumentation-pg@0.76.0",
    ]);
    expect(noise).toBe("");
  });

  it("that is off when constructed is switched on", () => {
    const off = instrumentationClass("PgInstrumentation", { isOn: false });
    const project = new FakeProject()
      .install("@opentelemetry/instrumentation-pg", { files: { "index.js": `exports.PgInstrumentation = ${off};` } })
      .install("pg", library);
    expect(project.run(`enable(select("pg")); result(said)`).result).toEqual([
      "PgInstrumentation constructed",
      "PgInstrumentation gets provider spandrel",
      "PgInstrumentation enabled",
    ]);
  });

  it("is constructed once, and enabled again at the next start, with that start's provider", () => {
    const { result, log } = pgProject().run(`
      enable(select("pg"))();
      await import("pg");
      enableInstruments(select("pg"), { tracerProvider: { name: "second" } }, []);
      result(said);
    `);
    expect(result).toEqual([
      "PgInstrumentation constructed",
      "PgInstrumentation gets provider spandrel",
      "PgInstrumentation disabled",
      "PgInstrumentation gets provider second",
      "PgInstrumentation enabled",
    ]);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_ENABLED: instrument pg is enabled: @opentelemetry/instrumentation-pg@0.76.0",
    ]);
  });

  it("is disabled once, however often it is undone", () => {
    const { result } = pgProject().run(`const undo = enable(select("pg")); undo(); undo(); result(said)`);
    expect(result).toEqual(expect.arrayContaining(["PgInstrumentation disabled"]));
    expect((result as string[]).filter((what) => what.endsWith("disabled"))).toHaveLength(1);
  });

  it("is enabled whatever the format and shape of its export", () => {
    const named = (name: string): string => instrumentationClass(name);
    const base = `class { constructor() { globalThis.said.push("base constructed"); } }`;
    const project = new FakeProject()
      .install("@traceloop/instrumentation-vertexai", {
        files: {
          "index.js": `exports.VertexAIInstrumentation = ${named("VertexAIInstrumentation")};
            exports.AIPlatformInstrumentation = ${named("AIPlatformInstrumentation")};
            exports.default = exports.VertexAIInstrumentation;
            exports.BaseInstrumentation = ${base}; exports.isInstrumentation = () => {}; exports.other = 1;`,
        },
      })
      .install("@prisma/instrumentation", {
        manifest: { type: "module", exports: { import: "./index.js" } },
        files: { "index.js": `${named("Renamed")}\nexport { Renamed as PrismaInstrumentation };` },
      })
      .install("@opentelemetry/instrumentation-koa", {
        files: { "index.js": `module.exports = ${named("KoaInstrumentation")}` },
      });
    for (const name of ["@google-cloud/vertexai", "@prisma/client", "koa"]) project.install(name, library);
    const { result } = project.run(`enable(select("vertexai", "prisma", "koa")); result(said)`);
    expect((result as string[]).filter((what) => what.endsWith("constructed"))).toEqual([
      "VertexAIInstrumentation constructed",
      "AIPlatformInstrumentation constructed",
      "KoaInstrumentation constructed",
      "Renamed constructed",
    ]);
  });

  it("comes second where the preferred one is not installed or cannot be loaded", () => {
    const mcp = `exports.MCPInstrumentation = ${instrumentationClass("MCPInstrumentation")};`;
    const project = new FakeProject()
      .install("@arizeai/openinference-instrumentation-mcp", { version: "0.2.33", files: { "index.js": mcp } })
      .install("@modelcontextprotocol/sdk", library);
    const enabled =
      "SPANDREL_INSTRUMENT_ENABLED: instrument mcp is enabled: @arizeai/openinference-instrumentation-mcp@0.2.33";
    expect(project.run(`enable(select("mcp")); result()`).log).toEqual([enabled]);
    project.install("@traceloop/instrumentation-mcp", { files: { "index.js": "throw new Error('no')" } });
    expect(project.run(`enable(select("mcp")); result()`).log).toEqual([
      "SPANDREL_MODULE_NOT_LOADED: a module of @traceloop/instrumentation-mcp@1.0.0 was not loaded: Error: no",
      "SPANDREL_INSTRUMENT_SKIPPED: instrument mcp is skipped: @traceloop/instrumentation-mcp@1.0.0 could not be loaded",
      enabled,
    ]);
    project.install("@traceloop/instrumentation-mcp", { files: { "index.js": mcp } });
    expect(project.run(`enable(select("mcp")); result()`).log).toEqual([
      "SPANDREL_INSTRUMENT_ENABLED: instrument mcp is enabled: @traceloop/instrumentation-mcp@1.0.0",
    ]);
  });

  it("that throws when constructed, or when disabled, is contained", () => {
    const project = pgProject()
      .install("@opentelemetry/instrumentation-koa", {
        files: {
          "index.js": `exports.KoaInstrumentation = class { constructor() { throw new Error("no"); }
          setTracerProvider() {} enable() {} disable() {} };`,
        },
      })
      .install("@opentelemetry/instrumentation-knex", {
        files: {
          "index.js": `exports.KnexInstrumentation = class {
          setTracerProvider() {} enable() {} disable() { throw new Error("stuck"); } };`,
        },
      })
      .install("koa", library)
      .install("knex", library);
    const { result, log } = project.run(`enable(select("knex", "koa", "pg"))(); result(said)`);
    expect((result as string[]).at(-1)).toBe("PgInstrumentation disabled");
    expect(log.filter((line) => line.includes("FAILED"))).toEqual([
      "SPANDREL_INSTRUMENT_FAILED: enabling the instrument koa failed and was contained: Error: no",
    ]);
  });

  it("patches Node's own modules also for a program of ES modules, named imports included", () => {
    const source = `
      const { Module } = require("node:module");
      const load = Module.prototype.require;
      exports.HttpInstrumentation = class HttpInstrumentation {
        setTracerProvider() {}
        // As OpenTelemetry's does it: nothing happens before the next require.
        enable() {}
        constructor() {
          Module.prototype.require = function (id) {
            const module = load.call(this, id);
            if (id === "node:http" && module.request.original === undefined) {
              const original = module.request;
              module.request = Object.assign((...args) => original(...args), { original });
            }
            return module;
          };
        }
        disable() { const http = load.call(module, "http"); http.request = http.request.original; }
      };`;
    const project = new FakeProject().install("@opentelemetry/instrumentation-http", { files: { "index.js": source } });
    const { result } = project.run(
      `
        const states = () => [http.request, request].map((one) => one.original !== undefined);
        const before = states();
        const undo = enable(select("http"));
        const during = states();
        undo();
        result([before, during, states()]);
      `,
      { imports: 'import http, { request } from "node:http";' },
    );
    expect(result).toEqual([
      [false, false],
      [true, true],
      [false, false],
    ]);
  });
});

describe("what is not enabled", () => {
  const skipped = (project: FakeProject, source: string): readonly string[] => {
    const { result, log } = project.run(`${source} result(said)`);
    expect(result).toEqual([]);
    return log;
  };

  it("says that the package, the library or both are missing", () => {
    expect(skipped(new FakeProject(), `enable(select("pg", "mcp"));`)).toEqual([
      "SPANDREL_INSTRUMENT_SKIPPED: instrument mcp is skipped: @traceloop/instrumentation-mcp or @arizeai/openinference-instrumentation-mcp is not installed",
      "SPANDREL_INSTRUMENT_SKIPPED: instrument pg is skipped: @opentelemetry/instrumentation-pg is not installed",
    ]);
    const alone = new FakeProject().install("@opentelemetry/instrumentation-pg", pgPackage);
    expect(skipped(alone, `enable(select("pg"));`)).toEqual([
      "SPANDREL_INSTRUMENT_SKIPPED: instrument pg is skipped: pg or pg-pool is not installed",
    ]);
  });

  it("says that nothing exists for JavaScript, that a name is another's, and that it is blocked", () => {
    const project = pgProject();
    const selection = `selectInstruments({ instruments: ["crew", "pg"], blockInstruments: ["pg"] })`;
    expect(skipped(project, `enable(${selection});`)).toEqual([
      "SPANDREL_INSTRUMENT_ALIAS: instrument crew is another name for crewai",
      "SPANDREL_INSTRUMENT_SKIPPED: instrument pg is skipped: it is blocked",
      "SPANDREL_INSTRUMENT_SKIPPED: instrument crewai is skipped: no instrumentation package exists for JavaScript",
    ]);
  });

  it("is nothing at all of an empty list", () => {
    expect(skipped(pgProject(), `enable(select()); enable(selectInstruments({ isAutoInstrument: false }));`)).toEqual(
      [],
    );
  });

  it("is every missing library, when nothing is said, without a word above debug", () => {
    const { log } = new FakeProject().run(
      `enable(selectInstruments({})); setLogLevel("info"); enable(selectInstruments({})); result()`,
    );
    expect(log.length).toBeGreaterThan(40);
    expect(log.filter((line) => !line.startsWith("SPANDREL_INSTRUMENT_SKIPPED: "))).toEqual([]);
  });

  it("is what the program has loaded before, since it registers that itself", () => {
    const line =
      "SPANDREL_INSTRUMENT_SKIPPED: instrument pg is skipped: @opentelemetry/instrumentation-pg@0.76.0 is loaded already, so the program registers it itself";
    const source = `await import("@opentelemetry/instrumentation-pg"); enable(select("pg"));`;
    expect(skipped(pgProject(), source)).toEqual([line]);
  });

  it("is a package without an instrumentation in it", () => {
    const project = new FakeProject()
      .install("@opentelemetry/instrumentation-pg", { files: { "index.js": "exports.version = 1;" } })
      .install("pg", library);
    expect(skipped(project, `enable(select("pg"));`)).toEqual([
      "SPANDREL_INSTRUMENT_SKIPPED: instrument pg is skipped: @opentelemetry/instrumentation-pg@1.0.0 has no instrumentation",
    ]);
  });
});

describe("a library that was loaded before", () => {
  it("is named, since only later loads are traced", () => {
    const { log } = pgProject().run(`await import("pg"); enable(select("pg")); result()`);
    expect(log).toEqual([
      "SPANDREL_INSTRUMENT_ENABLED: instrument pg is enabled: @opentelemetry/instrumentation-pg@0.76.0; pg@8.0.0 was loaded before, so only later loads are traced",
    ]);
  });
});

describe("an instrumentation that is known to break the program", () => {
  const OTEL = "@opentelemetry/instrumentation-openai";
  const WARNING =
    "SPANDREL_KNOWN_BAD_PAIRING: @opentelemetry/instrumentation-openai 0.21.0 with openai 6.49.0 is known to break " +
    'programs: `parse()` and `asResponse()` throw "Body is unusable". Remove that instrumentation; Spandrel traces the ' +
    "same calls";
  const makeProject = (version: string): FakeProject =>
    new FakeProject()
      .install("openai", openai("6.49.0"))
      .install(OTEL, { version, files: { "index.js": "exports.OpenAIInstrumentation = class {};" } });
  const WARN = `setLogLevel("warn");`;

  it("is warned of once it is loaded", () => {
    const program = `${WARN} await import("${OTEL}"); enable(select()); result()`;
    expect(makeProject("0.21.0").run(program).log).toEqual([WARNING]);
  });

  it.each<[string, string, string]>([
    ["where it is installed only", "0.21.0", ""],
    ["in a version that is not known to", "0.30.0", `await import("${OTEL}");`],
  ])("is not warned of %s", (_when, version, load) => {
    expect(makeProject(version).run(`${WARN} ${load} enable(selectInstruments({})); result()`).log).toEqual([]);
  });
});
