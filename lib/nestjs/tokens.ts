/**
 * This injects the running `Telemetry`: `@Inject(SPANDREL_TELEMETRY) telemetry: Telemetry`. Both copies of the package
 * have the same token.
 */
export const SPANDREL_TELEMETRY = Symbol.for("spandrel.nestjs.telemetry");

/** This injects what `getClient()` returns: `@Inject(SPANDREL_CLIENT) client: Client`. */
export const SPANDREL_CLIENT = Symbol.for("spandrel.nestjs.client");
