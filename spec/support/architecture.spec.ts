import { findViolations, importedPackages } from "./architecture.js";
import type { House } from "./architecture.js";

const HOUSE: House = {
  floors: {
    "errors.ts": { floor: 0, half: "both" },
    internal: { floor: 0, half: "both" },
    context: { floor: 1, half: "facade" },
    capture: { floor: 1, half: "facade" },
    otlp: { floor: 1, half: "backend" },
    span: { floor: 2, half: "facade" },
    openai: { floor: 2, half: "facade" },
    processors: { floor: 2, half: "backend" },
    telemetry: { floor: 3, half: "both" },
  },
  exceptions: [],
  packages: [
    { name: "node:*", values: ["*"], types: [] },
    { name: "@opentelemetry/api", values: ["*"], types: [] },
    { name: "@opentelemetry/core", values: ["telemetry"], types: [] },
    { name: "@opentelemetry/sdk-trace-node", values: ["telemetry"], types: [] },
    { name: "openai", values: [], types: ["openai"] },
  ],
  ambient: [
    { expression: "process.env", folders: ["telemetry"] },
    { expression: "console", folders: [] },
  ],
};

describe("findViolations", () => {
  const laws = (files: Record<string, string>): string[] =>
    findViolations(new Map(Object.entries(files)), HOUSE).map(({ file, law }) => `${file}: ${law}`);

  const clean = {
    "errors.ts": "export const a = 1;",
    "internal/index.ts": 'export { clock } from "./clock.js";',
    "internal/clock.ts": "export const clock = 1; // console.log(process.env.X)",
    "otlp/index.ts": 'export const x = "console.log(process.env)";',
    "context/index.ts":
      'import { clock } from "../internal/index.js"; import { a } from "../errors.js"; export const b = clock + a;',
    "span/index.ts": 'import { b } from "../context/index.js"; import { trace } from "@opentelemetry/api";',
    "telemetry/index.ts": 'import "../span/index.js"; import "../otlp/index.js"; export const e = process.env["A"];',
  };

  it("accepts imports that go down, through doors, and words in comments and strings", () => {
    expect(laws(clean)).toEqual([]);
  });

  it.each<[string, string, string, string[]]>([
    ["an import that goes up", "context/up.ts", 'import "../span/index.js";', ["floor"]],
    ["a type import that goes up", "context/up.ts", 'import type { S } from "../span/index.js";', ["floor"]],
    ["an import type that goes up", "context/up.ts", 'type S = import("../span/index.js").S;', ["floor"]],
    ["a dynamic import that goes up", "context/up.ts", 'void import("../span/index.js");', ["floor"]],
    ["a re-export that goes up", "context/up.ts", 'export * from "../span/index.js";', ["floor"]],
    ["an import of a neighbour of the same half", "openai/side.ts", 'import "../span/index.js";', ["floor"]],
    ["an import of a neighbour of the other half", "span/side.ts", 'import "../processors/index.js";', ["floor"]],
    ["a facade that imports the backend", "span/otlp.ts", 'import type { O } from "../otlp/index.js";', ["floor"]],
    ["a folder entered past its door", "span/deep.ts", 'import "../internal/clock.js";', ["door"]],
    ["a missing file", "span/gone.ts", 'import "./nothing.js";', ["door"]],
    ["a folder on no floor", "misc/index.ts", "export {};", ["floor"]],
    ["the SDK in the facade", "span/sdk.ts", 'import { B } from "@opentelemetry/sdk-trace-node";', ["package"]],
    ["a type of the SDK in the facade", "span/sdk.ts", 'import type { B } from "@opentelemetry/core";', ["package"]],
    ["openai at run time", "openai/client.ts", 'import { OpenAI } from "openai";', ["package"]],
    ["openai by a side-effect import", "openai/client.ts", 'import "openai/shims/node";', ["package"]],
    ["an unknown package", "span/lodash.ts", 'import { map } from "lodash/fp";', ["package"]],
    ["the environment outside telemetry", "span/env.ts", 'export const a = () => process.env["A"];', ["ambient"]],
    [
      "the environment by destructuring",
      "span/env.ts",
      "export const f = () => { const { env } = process; };",
      ["ambient"],
    ],
    ["the environment by key", "span/env.ts", 'export const a = () => globalThis.process["env"];', ["ambient"]],
    ["console", "span/say.ts", 'export const say = () => console.warn("x");', ["ambient"]],
    ["console as a value", "span/say.ts", "export const sink = { console };", ["ambient"]],
    ["a default export", "span/x.ts", "export default function x() {}", ["default-export"]],
    ["a default export by name", "span/x.ts", "const x = 1; export { x as default };", ["default-export"]],
    ["a camel-case file name", "span/openSpan.ts", "export {};", ["file-name"]],
  ])("finds %s", (_what, path, text, expected) => {
    const planted = { ...clean, "processors/index.ts": "export {};", [path]: text };
    expect(laws(planted)).toEqual(expected.map((law) => `${path}: ${law}`));
  });

  it("allows the types of an optional package where they are named", () => {
    expect(
      laws({ "openai/client.ts": 'import type { OpenAI } from "openai"; import { type Stream } from "openai";' }),
    ).toEqual([]);
  });

  it("finds a cycle of values and ignores one of types", () => {
    const b = 'import { a } from "./a.js"; export const b = 1;';
    expect(laws({ "span/a.ts": 'import { b } from "./b.js"; export const a = 1;', "span/b.ts": b })).toEqual([
      "span/a.ts: cycle",
    ]);
    expect(laws({ "span/a.ts": 'import type { b } from "./b.js"; export const a = 1;', "span/b.ts": b })).toEqual([]);
  });

  it("honours an exception and finds one that nobody uses", () => {
    const excepted: House = { ...HOUSE, exceptions: [{ from: "processors", to: "capture", reason: "spec" }] };
    const files = new Map([["capture/index.ts", "export {};"]]);
    const facts = (): string[] => findViolations(files, excepted).map(({ file, law }) => `${file}: ${law}`);
    expect(facts()).toEqual(["processors: exception"]);
    files.set("processors/index.ts", 'import "../capture/index.js";');
    expect(facts()).toEqual([]);
  });
});

describe("importedPackages", () => {
  it("knows values from types and leaves node: out", () => {
    const sources = new Map([
      ["a.ts", 'import type { A } from "a/deep"; import "node:fs"; import b, { type C } from "@b/c/deep";'],
      ["b.ts", 'import "./a.js"; export * from "d";'],
    ]);
    expect([...importedPackages(sources)]).toEqual([
      ["a", "type"],
      ["@b/c", "value"],
      ["d", "value"],
    ]);
  });
});
