import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileSources } from "../support/compile-sources.js";
import { ROOT, withFault } from "../support/planted-fault.js";

export { ROOT };

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function freshFolder(): string {
  // Node names modules by their real path.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "spandrel-instruments-")));
  folders.push(folder);
  return folder;
}

function writeBelow(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export type Format = "cjs" | "esm";

const compiled = new Map<Format, string>();

/** The instruments folder and what it needs, compiled from the sources of now; the path of that folder. */
function compileLibrary(format: Format): string {
  const known = compiled.get(format);
  if (known !== undefined) return known;
  const folder = freshFolder();
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  const sources = new Map<string, string>();
  for (const file of readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })) {
    if (!/^(errors|(internal|instruments)[/\\].*)\.ts$/.test(file)) continue;
    const path = join(ROOT, "lib", file);
    sources.set(file, withFault(readFileSync(path, "utf8"), path));
  }
  compileSources(sources, folder, format);
  compiled.set(format, folder);
  return folder;
}

/** What every program begins with: the library, logging everything, and a list of what fake packages say. */
const prelude = (format: Format): string => {
  const library = compileLibrary(format);
  const load = (path: string): string => JSON.stringify(pathToFileURL(join(library, path)).href);
  return `
    const { setLogLevel } = await import(${load("internal/log.js")});
    const { selectInstruments } = await import(${load("instruments/select-instruments.js")});
    const { enableInstruments } = await import(${load("instruments/enable-instruments.js")});
    const { findPackages, projectRoots } = await import(${load("instruments/find-package.js")});
    const { loadModules, loadMain, isLoaded } = await import(${load("instruments/load-package.js")});
    globalThis.said = [];
    const tracerProvider = { name: "spandrel", getTracer: () => undefined };
    const select = (...instruments) => selectInstruments({ instruments });
    const enable = (selection, natives = []) => enableInstruments(selection, { tracerProvider }, natives);
    setLogLevel("debug");
  `;
};

export interface ProgramResult {
  /** What the program passed to \`result\`. */
  readonly result: unknown;
  /** Lines of the log, without the leading "spandrel: " and with the project's folder as ".". */
  readonly log: readonly string[];
  /** Whatever else it wrote to stderr. */
  readonly noise: string;
}

export interface RunOptions {
  readonly format?: Format;
  /** Where the program lies in the project, and where it is started. */
  readonly path?: string;
  readonly cwd?: string;
  readonly nodeOptions?: readonly string[];
  /** Static imports, before the library is loaded. */
  readonly imports?: string;
}

/** A package to be installed: its files by path, \`package.json\` made of \`manifest\`. */
export interface FakePackage {
  readonly version?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
}

/** A throw-away project with packages of our making, whose programs run in plain Node processes. */
export class FakeProject {
  readonly folder = freshFolder();

  install(name: string, { version = "1.0.0", manifest = {}, files }: FakePackage, below = ""): this {
    writeBelow(join(this.folder, below, "node_modules", name), {
      "package.json": JSON.stringify({ name, version, ...manifest }),
      ...files,
    });
    return this;
  }

  write(files: Readonly<Record<string, string>>): this {
    writeBelow(this.folder, files);
    return this;
  }

  /** Installs a package as a link. */
  link(name: string, target: string, below = ""): this {
    const path = join(this.folder, below, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path, "junction");
    return this;
  }

  /** Runs an ES module program that calls \`result(value)\` once. */
  run(source: string, options: RunOptions = {}): ProgramResult {
    const { format = "cjs", path = "program.mjs", cwd = "", nodeOptions = [], imports = "" } = options;
    const result = `const result = (value) => process.stdout.write(JSON.stringify(value ?? null));`;
    this.write({ [path]: `${imports}\n${result}\n${prelude(format)}\n${source}` });
    const child = spawnSync(process.execPath, [...nodeOptions, join(this.folder, path)], {
      cwd: join(this.folder, cwd),
      encoding: "utf8",
      timeout: 30_000,
    });
    if (child.status !== 0) throw new Error(`the program failed:\n${child.stderr}`);
    const lines = child.stderr.split("\n").filter((line) => line !== "");
    const log = lines.filter((line) => line.startsWith("spandrel: "));
    return {
      result: JSON.parse(child.stdout),
      log: log.map((line) => line.slice("spandrel: ".length).replaceAll(this.folder, ".")),
      noise: lines.filter((line) => !line.startsWith("spandrel: ")).join("\n"),
    };
  }
}

/** The source of an instrumentation class that says what happens to it. */
export const instrumentationClass = (name: string, { isOn = true } = {}): string => `class ${name} {
  constructor() { this.say("constructed"); }
  say(what) { (globalThis.said ??= []).push("${name} " + what); }
  getConfig() { return { enabled: ${String(isOn)} }; }
  setTracerProvider(provider) { this.say("gets provider " + provider.name); }
  enable() { this.say("enabled"); }
  disable() { this.say("disabled"); }
}`;
