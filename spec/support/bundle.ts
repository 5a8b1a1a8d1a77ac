import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { ROOT, withFault } from "./planted-fault.js";

// The bundler that comes with tsx: a bundle starts in a fraction of the time that tsx takes, and there are many programs.
const { build, stop }: typeof import("esbuild") = createRequire(require.resolve("tsx"))("esbuild");

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export interface BundleOptions {
  /** Whether packages are left out and required when the program runs, as a user's program does. */
  readonly isWithoutPackages?: boolean;
}

/** Makes one CommonJS file of a program and the library's sources of now; it is removed after the file's specs. */
export function bundleFile(path: string, options: BundleOptions = {}): Promise<string> {
  return bundle({ entryPoints: [path] }, basename(path).replace(/\.ts$/, ".cjs"), options);
}

/** The same for a text; its paths begin at the root of the project. */
export function bundleText(contents: string, options: BundleOptions = {}): Promise<string> {
  return bundle({ stdin: { contents, resolveDir: ROOT } }, "bundle.cjs", options);
}

async function bundle(
  input: Pick<Parameters<typeof build>[0], "entryPoints" | "stdin">,
  name: string,
  { isWithoutPackages = false }: BundleOptions,
): Promise<string> {
  // Inside the tree, so that programs find their packages; an ignored folder.
  mkdirSync(join(ROOT, "samples/out"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "samples/out/bundle-"));
  folders.push(folder);
  const outfile = join(folder, name);
  await build({
    ...input,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    packages: isWithoutPackages ? "external" : "bundle",
    outfile,
    plugins: [
      {
        name: "fault",
        setup({ onLoad }): void {
          onLoad({ filter: /[/\\]lib[/\\].*\.ts$/ }, ({ path }) => ({
            contents: withFault(readFileSync(path, "utf8"), path),
            loader: "ts",
          }));
        },
      },
    ],
  });
  // Its process would stay for as long as the worker does.
  await stop();
  return outfile;
}
