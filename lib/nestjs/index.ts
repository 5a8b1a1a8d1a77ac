/**
 * Spandrel for NestJS: a module that starts telemetry and gives each request a context, and an interceptor for the rest.
 *
 * @packageDocumentation
 */
export { AlreadyStartedError, InvalidOptionError, SpandrelError } from "../errors.js";
export { SpandrelInterceptor } from "./spandrel-interceptor.js";
export type {
  CallHandlerLike,
  ExecutionContextLike,
  ReadRequestAttributes,
  SpandrelInterceptorOptions,
} from "./spandrel-interceptor.js";
export { SpandrelModule } from "./spandrel-module.js";
export type {
  FactoryProviderLike,
  MiddlewareConsumerLike,
  SpandrelAsyncOptions,
  SpandrelDynamicModule,
} from "./spandrel-module.js";
export { SPANDREL_CLIENT, SPANDREL_TELEMETRY } from "./tokens.js";
export type { SpandrelModuleOptions } from "./use-telemetry.js";
