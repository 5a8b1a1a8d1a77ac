import type { IncomingMessage } from "node:http";
import { getClient } from "../client/index.js";
import { type NodeMiddleware, requestContext } from "../http/index.js";
import type { Telemetry } from "../telemetry/index.js";
import { SPANDREL_CLIENT, SPANDREL_TELEMETRY } from "./tokens.js";
import { type SpandrelModuleOptions, type TelemetryUse, useTelemetry } from "./use-telemetry.js";

/** The part of Nest's `MiddlewareConsumer` that is used. */
export interface MiddlewareConsumerLike {
  apply(...middleware: unknown[]): { forRoutes(...routes: string[]): unknown };
}

/** The part of Nest's `FactoryProvider` that is used. */
export interface FactoryProviderLike {
  provide: symbol;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Nest's own token type is made of it
  inject: any[];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is injected is the user's
  useFactory: (...injected: any[]) => unknown;
}

/** What `forRoot` returns, for the `imports` of a module: Nest's `DynamicModule`. */
export interface SpandrelDynamicModule {
  module: typeof SpandrelModule;
  global: boolean;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- Nest's own type of modules to import is made of it
  imports: any[];
  providers: FactoryProviderLike[];
  exports: symbol[];
}

/** These options make those of `forRoot` when the application is built, of what is injected. */
export interface SpandrelAsyncOptions<Req extends IncomingMessage = IncomingMessage> {
  /** Modules that provide what is injected. Default: none. */
  readonly imports?: readonly unknown[] | undefined;
  /** What `useFactory` is given. Default: nothing. */
  readonly inject?: readonly unknown[] | undefined;
  /** Makes the options of `forRoot`, at once or in a promise. What it throws, the application does not start with. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what is injected is the user's
  readonly useFactory: (...injected: any[]) => SpandrelModuleOptions<Req> | Promise<SpandrelModuleOptions<Req>>;
}

/**
 * This is the module of an application that is traced: import `SpandrelModule.forRoot(options)` once, in the root module. It
 * starts telemetry where none runs, provides `SPANDREL_TELEMETRY` and `SPANDREL_CLIENT` to every module, and shuts down
 * what it has started after all other modules have been. Each HTTP request has a context and a span as by
 * `requestContext`, as a middleware before all others, so that guards, pipes, interceptors, handlers and exception
 * filters are inside.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [SpandrelModule.forRoot({ appName: "desk", request: { attributes: (req) => ({ customerIdentifier: req.headers["x-customer"] }) } })],
 * })
 * class AppModule {}
 * ```
 */
export class SpandrelModule {
  #use: TelemetryUse | undefined;
  #middleware: NodeMiddleware | undefined;

  /** The module for options that are known. They are read when the application is built, which fails for one that cannot be used. */
  static forRoot<Req extends IncomingMessage = IncomingMessage>(
    options: SpandrelModuleOptions<Req> = {},
  ): SpandrelDynamicModule {
    const { request, telemetry, ...rest } = options;
    return SpandrelModule.#define([], [], (module) => module.#start(request, telemetry, rest));
  }

  /** The module for options that are made of what is injected, such as a configuration service. */
  static forRootAsync<Req extends IncomingMessage = IncomingMessage>(
    options: SpandrelAsyncOptions<Req>,
  ): SpandrelDynamicModule {
    const { imports = [], inject = [], useFactory } = options;
    return SpandrelModule.#define(imports, inject, async (module, ...injected) => {
      const { request, telemetry, ...rest } = await useFactory(...injected);
      return module.#start(request, telemetry, rest);
    });
  }

  static #define(
    imports: readonly unknown[],
    inject: readonly unknown[],
    start: (module: SpandrelModule, ...injected: unknown[]) => unknown,
  ): SpandrelDynamicModule {
    return {
      module: SpandrelModule,
      global: true,
      imports: [...imports],
      // A module's own class can be injected into its providers: an application has its own instance of it.
      providers: [
        { provide: SPANDREL_TELEMETRY, inject: [SpandrelModule, ...inject], useFactory: start },
        { provide: SPANDREL_CLIENT, inject: [], useFactory: getClient },
      ],
      exports: [SPANDREL_TELEMETRY, SPANDREL_CLIENT],
    };
  }

  #start<Req extends IncomingMessage>(
    request: SpandrelModuleOptions<Req>["request"],
    given: Telemetry | undefined,
    rest: Parameters<typeof useTelemetry>[1],
  ): Telemetry {
    // What can throw for an option comes before anything is started.
    const middleware = request === false ? undefined : requestContext<Req>(request);
    this.#use = useTelemetry(given, rest);
    this.#middleware = middleware as NodeMiddleware | undefined;
    return this.#use.telemetry;
  }

  /** Called by Nest: puts the request's context around all routes. */
  configure(consumer: MiddlewareConsumerLike): void {
    if (this.#middleware !== undefined) consumer.apply(this.#middleware).forRoutes("*");
  }

  /** Called by Nest, for a global module last of all. */
  async onApplicationShutdown(): Promise<void> {
    await this.#use?.release();
  }
}
