import { InMemorySpanExporter } from "../../lib/exporters/index.js";
import { type Telemetry, type TelemetryOptions, getClient, startTelemetry, traced } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import {
  SPANDREL_CLIENT,
  SPANDREL_TELEMETRY,
  type SpandrelDynamicModule,
  SpandrelModule,
  type SpandrelModuleOptions,
} from "../../lib/nestjs/index.js";
import { runningTelemetry } from "../../lib/telemetry/index.js";

/** What Nest does with a module, without Nest, which no CommonJS test can load. See `application.spec.ts` for the real one. */
interface Application {
  readonly telemetry: Telemetry;
  readonly routes: readonly string[];
  /** What was applied to the routes. */
  readonly middleware: readonly unknown[];
  close(): Promise<void>;
}

async function build({ module, providers }: SpandrelDynamicModule, ...injected: unknown[]): Promise<Application> {
  const instance = new module();
  const telemetry = (await provider(providers, SPANDREL_TELEMETRY).useFactory(instance, ...injected)) as Telemetry;
  const routes: string[] = [];
  const middleware: unknown[] = [];
  instance.configure({
    apply(...applied) {
      middleware.push(...applied);
      return { forRoutes: (...given) => void routes.push(...given) };
    },
  });
  return { telemetry, routes, middleware, close: () => instance.onApplicationShutdown() };
}

function provider(
  providers: SpandrelDynamicModule["providers"],
  token: symbol,
): SpandrelDynamicModule["providers"][number] {
  const found = providers.find(({ provide }) => provide === token);
  if (found === undefined) throw new Error(`nothing provides ${String(token)}`);
  return found;
}

let lines: string[];
let exporter: InMemorySpanExporter;
let quiet: TelemetryOptions;
const applications: Application[] = [];
async function run(options: SpandrelModuleOptions): Promise<Application> {
  const application = await build(SpandrelModule.forRoot(options));
  applications.push(application);
  return application;
}

beforeEach(() => {
  lines = [];
  resetLog((line) => void lines.push(line));
  exporter = new InMemorySpanExporter();
  quiet = { customExporter: exporter, instruments: [], isExitHandled: false };
});
afterEach(async () => {
  for (const application of applications.splice(0)) await application.close();
  await runningTelemetry()?.shutdown();
});

describe("SpandrelModule", () => {
  it("is a global module that provides telemetry and client to all others", () => {
    const { module, global, imports, exports, providers } = SpandrelModule.forRoot();
    expect({ module, global, imports, exports }).toEqual({
      module: SpandrelModule,
      global: true,
      imports: [],
      exports: [SPANDREL_TELEMETRY, SPANDREL_CLIENT],
    });
    expect(provider(providers, SPANDREL_CLIENT).useFactory()).toBe(getClient());
    expect(provider(providers, SPANDREL_TELEMETRY).inject).toEqual([SpandrelModule]);
  });

  it("starts telemetry when the application is built, not before, and shuts it down with it", async () => {
    const module = SpandrelModule.forRoot(quiet);
    expect(runningTelemetry()).toBeUndefined();
    const application = await build(module);
    expect(runningTelemetry()).toBe(application.telemetry);
    const shutdown = jest.spyOn(exporter, "shutdown");
    await application.close();
    expect(runningTelemetry()).toBeUndefined();
    expect(shutdown).toHaveBeenCalledTimes(1);
  });

  it("uses the telemetry that runs and leaves it running", async () => {
    const telemetry = startTelemetry(quiet);
    const application = await run({ request: false });
    expect(application.telemetry).toBe(telemetry);
    await application.close();
    expect(runningTelemetry()).toBe(telemetry);
    expect(lines).toEqual([]);
  });

  it("says which of its options come too late", async () => {
    startTelemetry(quiet);
    await run({ appName: "late", environment: "test", apiKey: undefined });
    expect(lines).toEqual([
      "spandrel: SPANDREL_NEST_OPTIONS_UNUSED: SpandrelModule uses the telemetry that runs already, and its own options " +
        "(appName, environment) are left out; give them to startTelemetry, or let the module start it\n",
    ]);
  });

  it("uses the telemetry that it is given", async () => {
    const telemetry = startTelemetry(quiet);
    const application = await run({ telemetry });
    expect(application.telemetry).toBe(telemetry);
    await application.close();
    expect(runningTelemetry()).toBe(telemetry);
  });

  it("runs until the last of the applications that use it is closed, each once", async () => {
    const module = SpandrelModule.forRoot(quiet);
    const [first, second] = [await build(module), await build(module)];
    expect(second.telemetry).toBe(first.telemetry);
    await first.close();
    await first.close();
    expect(runningTelemetry()).toBe(first.telemetry);
    await second.close();
    expect(runningTelemetry()).toBeUndefined();
    expect(lines).toEqual([]);
    const third = await build(module);
    expect(third.telemetry).not.toBe(first.telemetry);
    await third.close();
  });

  it("says it when two applications want it different", async () => {
    await run(quiet);
    await run({ ...quiet, appName: "other" });
    expect(lines.map((line) => line.split(": ")[1])).toEqual(["SPANDREL_NEST_OPTIONS_UNUSED"]);
  });

  it("puts a middleware around all routes, in which a request is traced", async () => {
    const application = await run({
      ...quiet,
      request: { attributes: (request) => ({ customerIdentifier: request.url }), spans: false },
    });
    expect(application.routes).toEqual(["*"]);
    const [middleware] = application.middleware as ((...args: unknown[]) => void)[];
    const step = traced("step", () => "done");
    const handler = jest.fn(() => void step());
    middleware!({ url: "/c-1", headers: {} }, { on: () => undefined }, handler);
    expect(handler).toHaveBeenCalledWith();
    await application.telemetry.flush();
    expect(exporter.getFinishedSpans().map((span) => [span.name, span.attributes["user.id"]])).toEqual([
      ["step", "/c-1"],
    ]);
  });

  it("puts none where it is told so", async () => {
    const application = await run({ ...quiet, request: false });
    expect([application.middleware, application.routes]).toEqual([[], []]);
  });

  it("refuses options that cannot be used, and starts nothing", async () => {
    const request = { spans: "yes" } as unknown as { spans: boolean };
    await expect(run({ ...quiet, request })).rejects.toThrow(/spans/);
    await expect(run({ ...quiet, appName: "" })).rejects.toThrow(/appName/);
    expect(runningTelemetry()).toBeUndefined();
  });

  it("makes its options of what is injected", async () => {
    const CONFIG = Symbol("config");
    class ConfigModule {}
    const module = SpandrelModule.forRootAsync({
      imports: [ConfigModule],
      inject: [CONFIG],
      useFactory: async (customExporter: InMemorySpanExporter) => ({ ...quiet, customExporter, request: false }),
    });
    expect(module.imports).toEqual([ConfigModule]);
    expect(provider(module.providers, SPANDREL_TELEMETRY).inject).toEqual([SpandrelModule, CONFIG]);
    const own = new InMemorySpanExporter();
    const application = await build(module, own);
    traced("step", () => "done")();
    await application.telemetry.flush();
    expect(own.getFinishedSpans().map(({ name }) => name)).toEqual(["step"]);
    expect(application.middleware).toEqual([]);
    await application.close();
    expect(runningTelemetry()).toBeUndefined();
  });

  it("closes an application that never was built", async () => {
    await expect(new SpandrelModule().onApplicationShutdown()).resolves.toBeUndefined();
  });
});
