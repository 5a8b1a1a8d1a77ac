// Checks what npm would publish: the files, the manifest, the resolution of every entry. Needs dist (npm run build).
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Checklist, expectNone } from "./support/checklist.mjs";
import { makeWorkFolder, packPackage } from "./support/packed-package.mjs";
import { run } from "./support/run.mjs";

/** What is published beside dist. The README and the change log are what npm's page shows. */
const PUBLISHED = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
const LIFECYCLE = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
const MAX_PACKED_BYTES = 1_000_000;

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const checklist = new Checklist();
const work = makeWorkFolder();
const { tarball, files, size } = packPackage(work);
const textOf = (file) => readFileSync(file, "utf8");
const scripts = files.filter((file) => file.endsWith(".js"));

await checklist.check("the tarball holds dist and the four pages beside it, nothing else", () => {
  const outside = files.filter((file) => !file.startsWith("dist/"));
  expectNone(
    "missing",
    PUBLISHED.filter((file) => !outside.includes(file)),
  );
  expectNone(
    "not to be published",
    outside.filter((file) => !PUBLISHED.includes(file)),
  );
  const foreign = files.filter((file) => file.startsWith("dist/") && !/(?:\.js|\.d\.ts|\/package\.json)$/.test(file));
  expectNone("foreign files in dist (no maps: the sources they name are not published)", foreign);
});

await checklist.check(
  `the tarball is smaller than ${MAX_PACKED_BYTES / 1e6} MB (${(size / 1e6).toFixed(3)} MB)`,
  () => {
    if (size > MAX_PACKED_BYTES) throw new Error(`${size} bytes; raise the limit only with a reason`);
  },
);

await checklist.check("ESM and CommonJS hold the same modules, each with its types", () => {
  const list = (format) =>
    files.filter((file) => file.startsWith(`dist/${format}/`)).map((file) => file.slice(`dist/${format}/`.length));
  const [cjs, esm] = [list("cjs"), list("esm")];
  expectNone("in one format only", [
    ...cjs.filter((file) => !esm.includes(file)).map((file) => `cjs/${file}`),
    ...esm.filter((file) => !cjs.includes(file)).map((file) => `esm/${file}`),
  ]);
  const untyped = scripts.filter((file) => !files.includes(file.replace(/\.js$/, ".d.ts")));
  expectNone("scripts without types", untyped);
});

await checklist.check("every path that the manifest names is published", () => {
  const named = [];
  const collect = (value) => {
    if (typeof value === "string") named.push(value.replace(/^\.\//, ""));
    else if (value !== null && typeof value === "object") Object.values(value).forEach(collect);
  };
  collect([manifest.main, manifest.module, manifest.types, manifest.bin, manifest.exports]);
  expectNone(
    "named but not published",
    named.filter((file) => !files.includes(file)),
  );
});

await checklist.check("nothing runs at install", () => {
  expectNone(
    "install scripts",
    LIFECYCLE.filter((name) => name in (manifest.scripts ?? {})),
  );
});

await checklist.check("every module may be dropped by a bundler, but for the one that registers matchers", () => {
  // Held true by spec/architecture.spec.ts, which imports every module and looks for effects.
  const marks = {
    "package.json": "./dist/*/testing/jest.js",
    "dist/cjs/package.json": "./testing/jest.js",
    "dist/esm/package.json": "./testing/jest.js",
  };
  expectNone(
    "with other sideEffects",
    Object.entries(marks)
      .filter(([file, mark]) => String(JSON.parse(textOf(file)).sideEffects) !== mark)
      .map(([file]) => file),
  );
});

await checklist.check("OpenTelemetry's API is a peer and its SDK is capped below 3", () => {
  const faults = [];
  if (manifest.dependencies["@opentelemetry/api"] !== undefined) faults.push("@opentelemetry/api is a dependency");
  if (!manifest.peerDependencies["@opentelemetry/api"]?.startsWith("^1."))
    faults.push("@opentelemetry/api: no peer ^1");
  for (const [name, range] of Object.entries(manifest.dependencies)) {
    if (name.startsWith("@opentelemetry/") && !/^\^2\.\d+\.\d+$/.test(range)) faults.push(`${name}: ${range}`);
  }
  expectNone("dependencies", faults);
});

await checklist.check("published text names no machine and no map", () => {
  const folders = [process.cwd(), work].map((path) => path.replaceAll("\\", "/"));
  const faults = files
    .filter((file) => existsSync(file))
    .filter((file) => folders.some((path) => textOf(file).includes(path)) || textOf(file).includes("sourceMappingURL"));
  expectNone("files", faults);
});

const binOf = (name, path) => join("node_modules", name, path);
await checklist.check("publint --strict", () => {
  run(process.execPath, [binOf("publint", "src/cli.js"), tarball, "--strict"]);
});
await checklist.check("attw --profile node16", () => {
  run(process.execPath, [
    binOf("@arethetypeswrong/cli", "dist/index.js"),
    ...[tarball, "--profile", "node16", "--format", "ascii", "--no-emoji"],
  ]);
});

checklist.finish();
