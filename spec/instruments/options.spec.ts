import { selectInstruments } from "../../lib/instruments/select-instruments.js";
import { resolveOptions } from "../../lib/telemetry/resolve-options.js";
import type { TelemetryOptions } from "../../lib/telemetry/telemetry-options.js";

describe("the options that choose instruments", () => {
  it.each<[TelemetryOptions]>([
    [{}],
    [{ instruments: [] }],
    [{ instruments: ["openai", "pg"], blockInstruments: ["pg"] }],
    [{ blockInstruments: ["context", "http"] }],
    [{ instruments: ["openai"], isAutoInstrument: false }],
  ])("are resolved to a selection: %j", (options) => {
    expect(resolveOptions(options, {}).instruments).toEqual(selectInstruments(options));
  });

  it.each<[Record<string, unknown>, string]>([
    [{ instruments: ["opnai"] }, 'expected instruments[0] to be the name of an instrument (did you mean "openai"?)'],
    [{ blockInstruments: "http" }, "expected blockInstruments to be an array of instrument names"],
    [{ isAutoInstrument: "no" }, "expected isAutoInstrument to be a boolean"],
  ])("refuse a bad value: %j", (options, message) => {
    expect(() => resolveOptions(options as TelemetryOptions, {})).toThrow(message);
  });
});
