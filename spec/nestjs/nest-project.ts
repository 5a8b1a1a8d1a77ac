import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";

// The bundler that comes with tsx: the library as it is now, in a tenth of the time that a build takes.
const { build }: typeof import("esbuild") = createRequire(require.resolve("tsx"))("esbuild");

export const ROOT = resolve(__dirname, "../..");
export const FIXTURE = join(ROOT, "spec/packaging/fixtures/nestjs");
const DOORS = ["index", "exporters/index", "nestjs/index"];
const COMPILER_OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ES2022,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};
const run = promisify(execFile);

const fault: { file?: string; find: string; replace: string } = JSON.parse(process.env["SPANDREL_FAULT"] ?? "{}");

/** A project of a user of Nest: ES modules, compiled with `experimentalDecorators` and `emitDecoratorMetadata`. */
export interface NestProject {
  readonly folder: string;
  /** Adds a file of TypeScript; the name of what it is compiled to. */
  compile(file: string, source: string): string;
  /** Runs a program in a process of its own, which must say nothing on stderr; what it prints. */
  run(program: string, options?: { readonly args?: readonly string[]; readonly logLevel?: string }): Promise<string>;
  remove(): void;
}

export async function makeNestProject(): Promise<NestProject> {
  mkdirSync(join(ROOT, "samples/out"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "samples/out/nestjs-"));
  const installed = join(folder, "node_modules/spandrel");
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(
    join(installed, "package.json"),
    JSON.stringify({
      name: "spandrel",
      type: "module",
      exports: Object.fromEntries(
        DOORS.map((door) => [`./${door}`.replace(/\/index$/, "").replace("./index", "."), `./${door}.js`]),
      ),
    }),
  );
  await bundleInto(installed);
  const project: NestProject = {
    folder,
    compile(file, source) {
      const program = file.replace(/\.ts$/, ".js");
      writeFileSync(
        join(folder, program),
        ts.transpileModule(source, { compilerOptions: COMPILER_OPTIONS }).outputText,
      );
      return program;
    },
    async run(program, { args = [], logLevel = "debug" } = {}) {
      const env = { PATH: process.env["PATH"], SPANDREL_LOG_LEVEL: logLevel };
      const { stdout, stderr } = await run(process.execPath, [program, ...args], { cwd: folder, env });
      expect(stderr).toBe("");
      return stdout;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const file of readdirSync(FIXTURE).filter((name) => name.endsWith(".ts"))) {
    project.compile(file, readFileSync(join(FIXTURE, file), "utf8"));
  }
  return project;
}

async function bundleInto(outdir: string): Promise<void> {
  await build({
    entryPoints: DOORS.map((door) => join(ROOT, "lib", `${door}.ts`)),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outdir,
    outbase: join(ROOT, "lib"),
    logLevel: "error",
    // There is no `require` in a module, and some of the library looks for packages.
    banner: { js: 'import { createRequire as __make } from "node:module"; const require = __make(import.meta.url);' },
    plugins: [
      {
        // A fault of the mutation check reaches the child process too.
        name: "fault",
        setup({ onLoad }): void {
          onLoad({ filter: /[/\\]lib[/\\].*\.ts$/ }, (file) => {
            if (fault.file === undefined || file.path !== join(ROOT, fault.file.split("/").join(sep))) return undefined;
            const text = readFileSync(file.path, "utf8");
            return { contents: text.replace(fault.find, () => fault.replace), loader: "ts" };
          });
        },
      },
    ],
  });
}
