import { readFileSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";

import { findViolations, importedPackages } from "./support/architecture.js";
import type { House } from "./support/architecture.js";
import { probeImports } from "./support/import-probe.js";

/** The house, as data. A change of the table is a change of the design: change `docs/architecture.md` with it. */
const HOUSE: House = {
  floors: {
    "semconv.ts": { floor: 0, half: "both" },
    "errors.ts": { floor: 0, half: "both" },
    internal: { floor: 0, half: "both" },

    context: { floor: 1, half: "facade" },
    capture: { floor: 1, half: "facade" },
    "partial-json": { floor: 1, half: "facade" },
    "response-schema": { floor: 1, half: "facade" },
    otlp: { floor: 1, half: "backend" },
    redaction: { floor: 1, half: "backend" },
    spool: { floor: 1, half: "backend" },

    span: { floor: 2, half: "facade" },
    instruments: { floor: 2, half: "facade" },
    "partial-answer": { floor: 2, half: "facade" },
    tracer: { floor: 2, half: "backend" },
    processors: { floor: 2, half: "backend" },
    exporters: { floor: 2, half: "backend" },
    viewer: { floor: 2, half: "backend" },

    decorators: { floor: 3, half: "facade" },
    client: { floor: 3, half: "facade" },
    instructor: { floor: 3, half: "facade" },
    openai: { floor: 3, half: "facade" },
    anthropic: { floor: 3, half: "facade" },
    zod: { floor: 3, half: "facade" },
    http: { floor: 3, half: "facade" },
    cli: { floor: 3, half: "backend" },

    telemetry: { floor: 4, half: "both" },

    "index.ts": { floor: 5, half: "both" },
    nestjs: { floor: 5, half: "both" },
    testing: { floor: 5, half: "both" },
  },
  exceptions: [
    { from: "internal", to: "errors.ts", reason: "a variable that cannot be used is an error like an option's" },
    {
      from: "client",
      to: "otlp",
      reason: "a buffer's spans are copied and carried as the pure codec writes and reads them",
    },
    { from: "context", to: "capture", reason: "metadata values are serialised once, when they are set" },
    {
      from: "instructor",
      to: "openai",
      reason: "the calls of a client that is not traced itself are read as any other's",
    },
    { from: "instruments", to: "span", reason: "a model's stream is followed as any other, and a method imitated" },
  ],
  packages: [
    { name: "node:*", values: ["*"], types: [] },
    { name: "@opentelemetry/api", values: ["*"], types: [] },
    { name: "@opentelemetry/context-async-hooks", values: ["telemetry"], types: [] },
    { name: "@opentelemetry/core", values: ["tracer", "processors", "exporters", "telemetry"], types: [] },
    { name: "@opentelemetry/resources", values: ["telemetry"], types: [] },
    { name: "@opentelemetry/sdk-trace-node", values: ["telemetry"], types: [] },
    { name: "reflect-metadata", values: ["span"], types: [] },
    { name: "zod", values: ["response-schema", "partial-answer", "instructor", "zod"], types: [] },
  ],
  ambient: [
    { expression: "process.env", folders: ["telemetry", "exporters", "cli"] },
    { expression: "process.stderr", folders: ["internal", "cli"] },
    { expression: "process.on", folders: ["telemetry", "cli"] },
    { expression: "process.exit", folders: ["cli"] },
    { expression: "console", folders: [] },
  ],
};

/** What importing may leave behind, and nothing else. */
const EFFECTS = [
  // Our state, one per process however many copies are loaded.
  "adds globalThis.Symbol(spandrel.state.v1)",
  // Where the copies of reflect-metadata find each other; `no-conflict` adds none of its functions to Reflect.
  "adds Reflect.Symbol(@reflect-metadata:registry)",
  // zod's own: its copies share settings and the metadata of schemas.
  "adds globalThis.__zod_globalConfig",
  "adds globalThis.__zod_globalRegistry",
];

/** Packages that a user brings: optional, so they are in nobody's `dependencies`. */
const OPTIONAL_PACKAGES = ["openai", "@anthropic-ai/sdk", "zod"];

const sources = new Map(
  readdirSync("lib", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => [path.split(sep).join("/"), readFileSync(join("lib", path), "utf8")]),
);

describe("the house", () => {
  it("keeps its laws", () => {
    expect(findViolations(sources, HOUSE).map(({ file, law, detail }) => `${file}: ${law}: ${detail}`)).toEqual([]);
  });

  it("has no effect at import", () => {
    const effects = probeImports(sources).filter(({ effect }) => !EFFECTS.includes(effect));
    expect(effects.map(({ file, effect }) => `${file} ${effect}`)).toEqual([]);
  });

  it("depends on exactly the packages that it imports", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;
    const declared = Object.keys({ ...manifest["dependencies"], ...manifest["peerDependencies"] });
    const imported = [...importedPackages(sources).keys()];
    expect(imported.filter((name) => !OPTIONAL_PACKAGES.includes(name)).sort()).toEqual(
      declared.filter((name) => !OPTIONAL_PACKAGES.includes(name)).sort(),
    );
  });
});
