import { createRequire } from "node:module";
import OpenAI from "openai";

export const VENDOR = "@arizeai/openinference-instrumentation-openai";

type Vendor = typeof import("@arizeai/openinference-instrumentation-openai");
type Registry = typeof import("@opentelemetry/instrumentation");

/** Registers another vendor's instrumentation of `openai`, as its documentation says; false where it is not installed. */
export function registerOtherVendor(): boolean {
  // By `require`, as everything here is: by `import()` it would get a copy of `openai` of its own.
  const require = createRequire(__filename);
  try {
    const { OpenAIInstrumentation } = require(VENDOR) as Vendor;
    const { registerInstrumentations } = require("@opentelemetry/instrumentation") as Registry;
    const instrumentation = new OpenAIInstrumentation();
    instrumentation.manuallyInstrument(OpenAI);
    registerInstrumentations({ instrumentations: [instrumentation] });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return false;
    throw error;
  }
}
