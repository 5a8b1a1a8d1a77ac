import { existsSync, readFileSync } from "node:fs";
import { Module, createRequire } from "node:module";
import { join, sep } from "node:path";
import { errorText, log } from "../internal/index.js";
import type { InstalledPackage } from "./find-package.js";

/**
 * This loads modules of a package in both of its copies, `<module>.js` and `<module>.mjs`, by their path, so that
 * `exports` has no say. What is not there is left out; what fails is said at debug level and left out.
 */
export function loadModules(installed: InstalledPackage, modules: readonly string[]): object[] {
  return modules
    .flatMap((module) => [`${module}.js`, `${module}.mjs`])
    .map((file) => join(installed.folder, file))
    .filter((file) => existsSync(file))
    .map((file) => loadContained(installed, () => loadFile(installed, file)))
    .filter((module) => module !== undefined);
}

/** This loads what `require` or `import` of the package gives; undefined, and a debug line, when that fails. */
export function loadMain(installed: InstalledPackage): object | undefined {
  return loadContained(installed, () => loadFile(installed, mainOf(installed)));
}

/** The file of the package's main export. Throws where there is none. */
export function mainOf(installed: InstalledPackage): string {
  try {
    return createRequire(join(installed.root, "noop.js")).resolve(installed.name);
  } catch (error) {
    const entry = importEntry(installed.manifest["exports"]);
    if (entry === undefined) throw error;
    return join(installed.folder, entry);
  }
}

/** The entry for `import` only, of a package that has none for `require`. */
function importEntry(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  for (const condition of [".", "node", "import", "default"]) {
    const entry = importEntry(Reflect.get(exports, condition));
    if (entry !== undefined) return entry;
  }
  return undefined;
}

/** True once code of the package was loaded through `require`, or as CommonJS through `import`. */
export function isLoaded(installed: InstalledPackage): boolean {
  const { cache } = createRequire(join(installed.folder, "noop.js"));
  const inside = installed.folder + sep;
  return Object.keys(Object(cache) as object).some((file) => {
    return file.startsWith(inside) && !file.endsWith(".json") && !file.startsWith(`${inside}node_modules${sep}`);
  });
}

function loadFile(installed: InstalledPackage, file: string): unknown {
  // A `require` that belongs to a file of the package: from elsewhere, Node warns of ES modules.
  const require = createRequire(join(installed.folder, "noop.js"));
  const extensions: unknown = Reflect.get(require, "extensions");
  const isHooked = file.endsWith(".mjs") && Object.hasOwn(Object(extensions) as object, ".mjs");
  return isHooked ? loadAsModule(file) : require(file);
}

/**
 * Where a compiler such as tsx has taken over `require` of ES modules, that gives a translated copy which no `import`
 * ever sees. The module's own compile step still hands the file to the loader that `import` uses.
 */
function loadAsModule(file: string): unknown {
  const module = new Module(file);
  module.filename = file;
  const compile: unknown = Reflect.get(module, "_compile");
  if (typeof compile !== "function") throw new Error("this Node has no way to load an ES module at once");
  Reflect.apply(compile, module, [readFileSync(file, "utf8"), file, "module"]);
  return module.exports;
}

function loadContained(installed: InstalledPackage, load: () => unknown): object | undefined {
  try {
    const module = load();
    if ((typeof module === "object" && module !== null) || typeof module === "function") return module;
    log.debug("SPANDREL_MODULE_EMPTY", `a module of ${installed.name} exports nothing`, installed.name);
  } catch (error) {
    sayNotLoaded(installed, error);
  }
  return undefined;
}

function sayNotLoaded({ name, version, folder }: InstalledPackage, error: unknown): void {
  if (codeOf(error) === "ERR_REQUIRE_ESM_RACE_CONDITION") {
    log.warn(
      "SPANDREL_IMPORT_UNDER_WAY",
      `${name}@${version} is being imported at this moment, so calls through that import are not traced; ` +
        "start telemetry before it, or await the import first",
      folder,
    );
    return;
  }
  log.debug("SPANDREL_MODULE_NOT_LOADED", `a module of ${name}@${version} was not loaded: ${errorText(error)}`, folder);
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
}
