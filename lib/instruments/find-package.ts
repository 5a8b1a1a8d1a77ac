import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A package as it lies on disk. */
export interface InstalledPackage {
  readonly name: string;
  /** Empty when its manifest has none. */
  readonly version: string;
  /** Real path of its folder. */
  readonly folder: string;
  /** The folder of the program it was found from. */
  readonly root: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Where the program's packages are looked up from: the working directory, and the folder of the main script. */
export function projectRoots(): string[] {
  const script = process.argv[1];
  const roots = [process.cwd()];
  if (script !== undefined) roots.push(dirname(script), dirname(realPathOf(script)));
  return [...new Set(roots)];
}

/** Every copy of a package that the program can load, each real folder once. It never throws. */
export function findPackages(name: string, roots: readonly string[] = projectRoots()): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  for (const root of roots) {
    const installed = findFrom(root, name);
    if (installed !== undefined && !found.has(installed.folder)) found.set(installed.folder, installed);
  }
  return [...found.values()];
}

function findFrom(root: string, name: string): InstalledPackage | undefined {
  try {
    const path = manifestPath(root, name);
    if (path === undefined) return undefined;
    const manifest: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof manifest !== "object" || manifest === null) return undefined;
    const version: unknown = Reflect.get(manifest, "version");
    return {
      name,
      version: typeof version === "string" ? version : "",
      folder: dirname(realpathSync(path)),
      root,
      manifest: manifest as Readonly<Record<string, unknown>>,
    };
  } catch {
    return undefined;
  }
}

/** Looks at the folders themselves: many packages do not export their manifest, so `resolve` would not find it. */
function manifestPath(root: string, name: string): string | undefined {
  const besides = lookupFolders(root).map((folder) => join(folder, name, "package.json"));
  const path = besides.find((candidate) => existsSync(candidate));
  if (path !== undefined || process.versions["pnp"] === undefined) return path;
  // Yarn's Plug'n'Play has no node_modules; its own resolution knows every manifest.
  return createRequire(join(root, "noop.js")).resolve(`${name}/package.json`);
}

const foldersByRoot = new Map<string, readonly string[]>();

/** The folders where Node looks for packages from here. A start looks for a hundred of them. */
function lookupFolders(root: string): readonly string[] {
  let folders = foldersByRoot.get(root);
  if (folders === undefined) {
    folders = createRequire(join(root, "noop.js")).resolve.paths("any") ?? [];
    foldersByRoot.set(root, folders);
  }
  return folders;
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
