import { probeImports } from "./import-probe.js";

describe("probeImports", () => {
  it("finds each planted effect and nothing in a module that only defines", () => {
    const planted = new Map([
      ["env.ts", "export const a = process.env['PLANTED'];"],
      ["global.ts", "Reflect.set(globalThis, 'planted', 1); export {};"],
      ["listener.ts", "process.on('SIGTERM', () => {}); export {};"],
      [
        "otel.ts",
        "import { trace } from '@opentelemetry/api'; trace.setGlobalTracerProvider({ getTracer: () => undefined } as never);",
      ],
      [
        "patch.ts",
        "const then = Promise.prototype.then; Promise.prototype.then = function (...a) { return then.apply(this, a); };",
      ],
      ["quiet.ts", "export const f = () => process.env['LATER']; export class C { static m() { setTimeout(f, 1); } }"],
      ["timer.ts", "setInterval(() => {}, 1000).unref(); export {};"],
    ]);
    const effects = probeImports(planted).map(({ file, effect }) => `${file} ${effect}`);
    expect(effects).toEqual([
      "env.js reads process.env.PLANTED",
      "global.js adds globalThis.planted",
      "listener.js starts a SIGNALWRAP",
      "listener.js adds process.on(SIGTERM)",
      "otel.js adds OpenTelemetry API trace",
      "patch.js changes Promise.prototype.then",
      "timer.js starts a Timeout",
    ]);
  });
});
