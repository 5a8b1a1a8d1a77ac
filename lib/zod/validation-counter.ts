import { type Counter, type MeterProvider, createNoopMeter, metrics } from "@opentelemetry/api";
import { SCOPE_NAME } from "../context/index.js";
import { VERSION, contain } from "../internal/index.js";
import { VALIDATIONS } from "../semconv.js";

let knownProvider: MeterProvider | undefined;
let counter: Counter | undefined;

/** The counter of the `MeterProvider` that is registered now; undefined where there is none. Made once for each. */
export function validationCounter(): Counter | undefined {
  try {
    const provider = metrics.getMeterProvider();
    if (provider !== knownProvider) {
      knownProvider = provider;
      counter = undefined;
      const meter = provider.getMeter(SCOPE_NAME, VERSION);
      // The API hands out this one where there is no provider.
      if (meter !== createNoopMeter()) {
        counter = meter.createCounter(VALIDATIONS, {
          unit: "{validation}",
          description: "Validations by a traced schema, by outcome",
        });
      }
    }
  } catch (error) {
    contain("SPANDREL_METRICS", "making the counter of validations", error);
  }
  return counter;
}
