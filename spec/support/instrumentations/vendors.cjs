"use strict";
const { createRequire } = require("node:module");

/** The instrumentations of others, each with its default settings, content on. OpenTelemetry's writes content to logs. */
const VENDORS = [
  {
    name: "@opentelemetry/instrumentation-openai",
    short: "OpenTelemetry",
    options: { captureMessageContent: true },
    isContentLogged: true,
  },
  { name: "@traceloop/instrumentation-openai", short: "Traceloop" },
  { name: "@arizeai/openinference-instrumentation-openai", short: "OpenInference" },
];

function vendorVersion(name) {
  return readManifest(name).version;
}

/** Some close their package.json to `require`. */
function readManifest(name) {
  for (const folder of require.resolve.paths(name)) {
    try {
      return require(`${folder}/${name}/package.json`);
    } catch {
      // In the next folder, then.
    }
  }
  throw new Error(`${name} is not installed`);
}

/** Patches the `openai` that this process requires next. Returns what takes the patch off again. */
function registerVendor(name, tracerProvider) {
  const vendor = VENDORS.find((one) => one.name === name);
  const { OpenAIInstrumentation } = require(name);
  const { registerInstrumentations } = createRequire(require.resolve(name))("@opentelemetry/instrumentation");
  return registerInstrumentations({
    instrumentations: [new OpenAIInstrumentation(vendor?.options ?? {})],
    tracerProvider,
  });
}

module.exports = { VENDORS, registerVendor, vendorVersion };
