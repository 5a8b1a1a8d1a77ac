import { realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { FakeProject, type Format, ROOT } from "./fake-project.js";

const LIST = `
  const list = (name) => findPackages(name).map(({ name, version, folder }) => [name, version, folder]);
`;
const TSX = pathToFileURL(require.resolve("tsx")).href;

describe("a package", () => {
  const files = { "index.js": "exports.isHere = true;" };

  it.each<Format>(["cjs", "esm"])("is found with its version and real folder, by the %s copy", (format) => {
    const project = new FakeProject()
      .install("plain", { version: "1.2.3", files })
      .install("@scope/named", { version: "2.0.0", files })
      .install("closed", { manifest: { exports: { "./only": "./index.js" } }, files });
    const { result } = project.run(`${LIST} result(["plain", "@scope/named", "closed", "absent", "fs"].map(list))`, {
      format,
    });
    const folder = (name: string): string => join(project.folder, "node_modules", name);
    expect(result).toEqual([
      [["plain", "1.2.3", folder("plain")]],
      [["@scope/named", "2.0.0", folder("@scope/named")]],
      [["closed", "1.0.0", folder("closed")]],
      [],
      [],
    ]);
  });

  it("is found from the working directory and from the main script's folder, each copy once", () => {
    const project = new FakeProject()
      .install("both", { version: "1.0.0", files })
      .install("both", { version: "2.0.0", files }, "apps/desk")
      .install("shared", { version: "3.0.0", files });
    const { result } = project.run(`${LIST} result(["both", "shared"].map(list))`, { path: "apps/desk/program.mjs" });
    expect(result).toEqual([
      [
        ["both", "1.0.0", join(project.folder, "node_modules/both")],
        ["both", "2.0.0", join(project.folder, "apps/desk/node_modules/both")],
      ],
      [["shared", "3.0.0", join(project.folder, "node_modules/shared")]],
    ]);
  });

  it("is found once behind two links", () => {
    const project = new FakeProject().write({
      "store/linked/package.json": '{ "name": "linked", "version": "4.0.0" }',
    });
    const target = join(project.folder, "store/linked");
    project.link("linked", target).link("linked", target, "apps/desk");
    const { result } = project.run(`${LIST} result(list("linked"))`, { path: "apps/desk/program.mjs" });
    expect(result).toEqual([["linked", "4.0.0", target]]);
  });

  it("is found beside the file that a linked main script is", () => {
    const project = new FakeProject().install("beside", { files }, "apps/desk").write({ "bin/other.mjs": "" });
    symlinkSync(join(project.folder, "apps/desk/real.mjs"), join(project.folder, "bin/link.mjs"));
    const { result } = project.run(`${LIST} result(list("beside").length)`, { path: "bin/link.mjs" });
    expect(result).toBe(1);
  });

  it("without a version, or with a manifest that is none, is no obstacle", () => {
    const project = new FakeProject()
      .install("unversioned", { manifest: { version: 7 }, files })
      .write({ "node_modules/torn/package.json": "{ torn" })
      .write({ "node_modules/nothing/package.json": "null" });
    const { result } = project.run(
      `${LIST} result(["unversioned", "torn", "nothing", "", "../x", "a b"].map((name) => list(name).map(([, version]) => version)))`,
    );
    expect(result).toEqual([[""], [], [], [], [], []]);
  });

  it("is looked for where a program without a script is", () => {
    const project = new FakeProject().install("plain", { files });
    const { result } = project.run(`process.argv.length = 1; ${LIST} result([projectRoots(), list("plain").length])`);
    expect(result).toEqual([[realpathSync(project.folder)], 1]);
  });
});

describe("the modules of a package", () => {
  const dual = {
    manifest: { exports: { ".": "./index.js" } },
    files: {
      "index.js": "",
      "deep/call.js": "exports.Call = class {}; exports.copy = 'js';",
      "deep/call.mjs": "export class Call {} export const copy = 'mjs';",
      "old.js": "exports.copy = 'old';",
      "new.mjs": "export const copy = 'new'; export default 1;",
      "broken.js": "throw new Error('broken on purpose');",
      "waits.mjs": "await 1; export const copy = 'late';",
      "empty.js": "module.exports = undefined;",
    },
  };
  const LOAD = `
    const [dual] = findPackages("dual");
    const load = (...modules) => loadModules(dual, modules).map(({ copy }) => copy);
  `;

  it.each<Format>(["cjs", "esm"])("are loaded in both copies whatever the exports say, by the %s copy", (format) => {
    const project = new FakeProject().install("dual", dual);
    const { result, log, noise } = project.run(
      `${LOAD} result([load("deep/call"), load("old", "new", "absent"), load()])`,
      { format },
    );
    expect(result).toEqual([["js", "mjs"], ["old", "new"], []]);
    expect(log).toEqual([]);
    expect(noise).toBe("");
  });

  it("that fail are left out, with a line that says why", () => {
    const project = new FakeProject().install("dual", dual);
    expect(project.run(`${LOAD} result(load("broken", "old"))`)).toEqual({
      result: ["old"],
      log: ["SPANDREL_MODULE_NOT_LOADED: a module of dual@1.0.0 was not loaded: Error: broken on purpose"],
      noise: "",
    });
    const late = project.run(`${LOAD} result(load("waits"))`);
    expect(late.result).toEqual([]);
    expect(late.log).toEqual([
      expect.stringMatching(
        /^SPANDREL_MODULE_NOT_LOADED: a module of dual@1.0.0 was not loaded: Error: .*top-level await/,
      ),
    ]);
    expect(project.run(`${LOAD} result(load("empty"))`)).toEqual({
      result: [],
      log: ["SPANDREL_MODULE_EMPTY: a module of dual exports nothing"],
      noise: "",
    });
  });

  it("that the program is just importing are a warning, since that import is not traced", () => {
    const racing = `throw Object.assign(new Error("not yet"), { code: "ERR_REQUIRE_ESM_RACE_CONDITION" });`;
    const project = new FakeProject().install("dual", { ...dual, files: { "racing.js": racing, "old.js": "" } });
    expect(project.run(`${LOAD} setLogLevel("warn"); result(load("racing", "old").length)`)).toEqual({
      result: 1,
      log: [
        "SPANDREL_IMPORT_UNDER_WAY: dual@1.0.0 is being imported at this moment, so calls through that import are not " +
          "traced; start telemetry before it, or await the import first",
      ],
      noise: "",
    });
  });

  const SAME = `
    const { createRequire } = await import("node:module");
    const classes = loadModules(findPackages("dual")[0], ["deep/call"]).map(({ Call }) => Call);
    const imported = await import("./node_modules/dual/deep/call.mjs");
    const required = createRequire(import.meta.url)("./node_modules/dual/deep/call.js");
    result([classes.includes(imported.Call), classes.includes(required.Call), classes.length]);
  `;

  it.each<[string, readonly string[]]>([
    ["", []],
    [", and where tsx has taken over require", ["--import", TSX]],
  ])("are those that the program itself gets%s", (_when, nodeOptions) => {
    const project = new FakeProject().install("dual", dual);
    expect(project.run(SAME, { nodeOptions }).result).toEqual([true, true, 2]);
    const imports = 'import { Call } from "./node_modules/dual/deep/call.mjs";';
    expect(project.run(SAME, { nodeOptions, imports }).result).toEqual([true, true, 2]);
  });

  it("are those of the openai SDK, in its two copies", () => {
    const project = new FakeProject().link("openai", join(ROOT, "node_modules/openai"));
    const { result, log, noise } = project.run(
      `
        const classes = loadModules(findPackages("openai")[0], ["resources/chat/completions/completions"]).map(
          ({ Completions }) => Completions,
        );
        const { createRequire } = await import("node:module");
        const { OpenAI } = await import("openai");
        const copies = [OpenAI, createRequire(import.meta.url)("openai").OpenAI];
        result(copies.map((one) => classes.indexOf(one.Chat.Completions)));
      `,
    );
    expect({ result, log, noise }).toEqual({ result: [1, 0], log: [], noise: "" });
  });
});

describe("the main export of a package", () => {
  it.each<[string, Record<string, unknown>, Record<string, string>, unknown]>([
    ["CommonJS with main", { main: "lib/a.js" }, { "lib/a.js": "exports.of = 'main';" }, "main"],
    ["CommonJS without", {}, { "index.js": "exports.of = 'index';" }, "index"],
    [
      "two formats",
      { exports: { import: "./a.mjs", require: "./a.cjs" } },
      { "a.mjs": "export const of = 'import';", "a.cjs": "exports.of = 'require';" },
      "require",
    ],
    [
      "ES modules only, by the default condition",
      { type: "module", exports: "./a.js" },
      { "a.js": "export const of = 'default';" },
      "default",
    ],
    [
      "ES modules only, by the import condition",
      { type: "module", exports: { ".": { types: "./a.d.ts", import: "./a.js" } } },
      { "a.js": "export const of = 'import only';" },
      "import only",
    ],
    [
      "ES modules only, conditions in conditions",
      { exports: { ".": { import: { types: "./a.d.mts", default: "./a.mjs" } } } },
      { "a.mjs": "export const of = 'nested';" },
      "nested",
    ],
  ])("is loaded: %s", (_what, manifest, files, expected) => {
    const project = new FakeProject().install("main", { manifest, files });
    const program = `const [main] = findPackages("main"); result([isLoaded(main), loadMain(main).of, isLoaded(main)])`;
    const { result, log, noise } = project.run(program);
    expect({ result, log, noise }).toEqual({ result: [false, expected, true], log: [], noise: "" });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>, string]>([
    ["is not there", {}, {}, "Cannot find"],
    ["is not exported", { exports: { "./a": "./a.js" } }, { "a.js": "" }, 'No "exports" main defined'],
    ["misses what it needs", {}, { "index.js": "require('not-there')" }, "Cannot find module 'not-there'"],
  ])("that %s is a line at debug level", (_what, manifest, files, why) => {
    const project = new FakeProject().install("main", { manifest, files });
    const { result, log } = project.run(`result(loadMain(findPackages("main")[0]))`);
    expect(result).toBeNull();
    expect(log).toEqual([
      expect.stringContaining("SPANDREL_MODULE_NOT_LOADED: a module of main@1.0.0 was not loaded: "),
    ]);
    expect(log[0]).toContain(why);
  });

  it("counts as loaded once the program has required or imported it, and not for its manifest or its own packages", () => {
    const project = new FakeProject()
      .install("main", { files: { "index.js": "exports.a = 1;" } })
      .install("inner", { files: { "index.js": "" } }, "node_modules/main")
      .install("main-too", { files: { "index.js": "" } });
    const { result } = project.run(`
      const { createRequire } = await import("node:module");
      const require = createRequire(import.meta.url);
      const [main] = findPackages("main");
      const steps = [isLoaded(main)];
      require("main/package.json"); require("./node_modules/main/node_modules/inner"); require("main-too");
      steps.push(isLoaded(main));
      await import("main");
      steps.push(isLoaded(main));
      result(steps);
    `);
    expect(result).toEqual([false, false, true]);
  });
});
