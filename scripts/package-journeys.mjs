// Consumes the packed tarball as a user would: empty folders, several compilers, both module systems and both
// decorator modes; every program must type-check without skipLibCheck and print exactly what is expected.
// Needs dist (npm run build). `--only TEXT` runs the journeys whose name contains it.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { Checklist, expectText } from "./support/checklist.mjs";
import { CLIENTS, EXTRACTION, NEST, makeProject, makeWorkFolder, packPackage } from "./support/packed-package.mjs";
import { run } from "./support/run.mjs";
import { installTool, toolCommand } from "./support/tools.mjs";

const FIXTURES = resolve(import.meta.dirname, "../spec/packaging/fixtures");
const TYPESCRIPTS = ["5.4.5", "6.0.3", "7.0.2"];
const ESBUILD = "0.28.2";
const SWC = "1.16.22";
/** What a TypeScript project for Node has beside us. */
const USER_PACKAGES = ["@opentelemetry/api@~1.9.1", "@types/node@^20.19.0"];

/** One user's project: module system, decorator mode, and the program. */
const PROJECTS = [
  { name: "ESM, Stage-3", type: "module", isLegacy: false, program: "program", entry: "main" },
  { name: "CommonJS, Stage-3", type: "commonjs", isLegacy: false, program: "program", entry: "main" },
  { name: "ESM, legacy", type: "module", isLegacy: true, program: "program", entry: "main" },
  { name: "CommonJS, legacy", type: "commonjs", isLegacy: true, program: "program", entry: "main" },
  { name: "#private methods, Stage-3", type: "module", isLegacy: false, program: "stage3", entry: "private" },
  ...EXTRACTION.map((packages, at) => ({
    name: `extraction, ${packages.join(", ")}`,
    type: at === 0 ? "module" : "commonjs",
    isLegacy: false,
    program: "extraction",
    entry: "main",
    packages,
  })),
  ...[
    { runner: "jest", type: "commonjs", packages: ["jest@30.5.2", "@types/jest@30.0.0"] },
    { runner: "vitest", type: "module", packages: ["vitest@4.1.12"] },
  ].map(({ runner, type, packages }) => ({
    name: `testing, ${packages[0]}`,
    type,
    isLegacy: false,
    isBundled: false,
    program: `testing-${runner}`,
    entry: "main",
    packages,
  })),
  {
    name: "NestJS",
    type: "module",
    isLegacy: true,
    program: "nestjs",
    entry: "main",
    packages: NEST,
    // Nest reads types that esbuild does not write. Its own do not compile without `skipLibCheck`.
    compilers: ["tsc 6.0.3", `swc ${SWC}`],
    skipLibCheck: true,
  },
];

/** Each compiles `src` of a project into `out`, or throws with the compiler's words. */
const COMPILERS = [
  ...TYPESCRIPTS.map((version) => ({
    name: `tsc ${version}`,
    compile: async (project, out) => {
      const compilerOptions = {
        target: "es2022",
        module: "nodenext",
        moduleResolution: "nodenext",
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: project.skipLibCheck ?? false,
        noEmitOnError: true,
        types: ["node"],
        rootDir: "src",
        outDir: out,
        ...(project.isLegacy && { experimentalDecorators: true, emitDecoratorMetadata: true }),
      };
      const config = `tsconfig.${version}.json`;
      writeFileSync(join(project.folder, config), JSON.stringify({ compilerOptions, include: ["src"] }));
      run(process.execPath, [toolCommand(`typescript@${version}`, "tsc"), "-p", config], { cwd: project.folder });
    },
  })),
  {
    name: `esbuild ${ESBUILD}`,
    compile: (project, out) =>
      runEsbuild(project, out, {
        entryPoints: sourcesOf(project).map((file) => `src/${file}`),
        format: project.type === "module" ? "esm" : "cjs",
      }),
  },
  {
    name: `esbuild ${ESBUILD}, bundled`,
    covers: (project) => project.type === "commonjs" && project.isBundled !== false,
    compile: (project, out) =>
      runEsbuild(project, out, {
        entryPoints: [`src/${project.entry}.ts`],
        format: "cjs",
        bundle: true,
        treeShaking: true,
      }),
  },
  {
    name: `swc ${SWC}`,
    compile: async (project, out) => {
      const swc = (await import(join(installTool(`@swc/core@${SWC}`), "index.js"))).default;
      const decorators = project.isLegacy
        ? { legacyDecorator: true, decoratorMetadata: true }
        : { decoratorVersion: "2022-03" };
      mkdirSync(join(project.folder, out), { recursive: true });
      for (const file of sourcesOf(project)) {
        const { code } = await swc.transform(readFileSync(join(project.folder, "src", file), "utf8"), {
          filename: file,
          swcrc: false,
          configFile: false,
          module: { type: project.type === "module" ? "es6" : "commonjs" },
          jsc: { target: "es2022", parser: { syntax: "typescript", decorators: true }, transform: decorators },
        });
        writeFileSync(join(project.folder, out, file.replace(/\.ts$/, ".js")), code);
      }
    },
  },
];

async function runEsbuild(project, out, options) {
  const esbuild = await import(join(installTool(`esbuild@${ESBUILD}`), "lib/main.js"));
  await esbuild.build({
    absWorkingDir: project.folder,
    outdir: out,
    platform: "node",
    target: "es2022",
    // Without it esbuild renames a decorated class that mentions itself (`_TicketService`), and with it its spans.
    keepNames: true,
    logLevel: "silent",
    tsconfigRaw: { compilerOptions: { experimentalDecorators: project.isLegacy, target: "es2022" } },
    ...options,
  });
}

function sourcesOf(project) {
  return readdirSync(join(project.folder, "src")).filter((file) => file.endsWith(".ts"));
}

const { only = "" } = parseArgs({ options: { only: { type: "string" } } }).values;
const isWanted = (name) => name.includes(only);
const checklist = new Checklist();
const work = makeWorkFolder();
const { tarball } = packPackage(work);

for (const [at, project] of PROJECTS.entries()) {
  const compilers = COMPILERS.filter(
    (one) =>
      (project.compilers?.includes(one.name) ?? one.covers?.(project) ?? true) &&
      isWanted(`${project.name}: ${one.name}`),
  );
  if (compilers.length === 0) continue;
  project.folder = join(work, `project-${at}`);
  const fixture = join(FIXTURES, project.program);
  const isInstalled = await checklist.check(`${project.name}: npm install into an empty folder`, () => {
    makeProject({
      folder: project.folder,
      fixture,
      sources: "src",
      manifest: { type: project.type },
      tarball,
      packages: [...USER_PACKAGES, ...(project.packages ?? [])],
    });
    return true;
  });
  if (!isInstalled) continue;
  const expected = readFileSync(join(fixture, "expected.txt"), "utf8");
  for (const [index, compiler] of compilers.entries()) {
    await checklist.check(`${project.name}: ${compiler.name}`, async () => {
      const out = `out-${index}`;
      await compiler.compile(project, out);
      const printed = run(process.execPath, [join(out, `${project.entry}.js`)], { cwd: project.folder });
      expectText("what the program prints", printed, expected);
    });
  }
}

const SCRIPTS = [
  { program: "both", packages: [] },
  { program: "plain", packages: [] },
  { program: "delivery-esm", packages: [] },
  { program: "delivery-cjs", packages: [] },
  { program: "services-esm", packages: ["zod@4.6.7"] },
  { program: "services-cjs", packages: ["zod@3.25.76"] },
  ...CLIENTS.flatMap((packages) => ["clients-esm", "clients-cjs"].map((program) => ({ program, packages }))),
];
for (const [at, { program, packages }] of SCRIPTS.entries()) {
  const fixture = join(FIXTURES, program);
  const [entry] = readdirSync(fixture).filter((file) => file.startsWith("main."));
  const name = ["JavaScript", `${program}/${entry}`, ...packages].join(", ");
  if (!isWanted(name)) continue;
  await checklist.check(name, () => {
    const folder = join(work, `script-${at}`);
    makeProject({ folder, fixture, manifest: {}, tarball, packages: ["@opentelemetry/api@~1.9.1", ...packages] });
    const printed = run(process.execPath, [entry], { cwd: folder });
    expectText("what the program prints", printed, readFileSync(join(fixture, "expected.txt"), "utf8"));
  });
}

checklist.finish();
