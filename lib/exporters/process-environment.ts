import type { Environment } from "../internal/index.js";

/** The variables of this process, for an exporter that is made by hand; looked up at every construction. */
export function processEnvironment(): Environment {
  return process.env;
}
