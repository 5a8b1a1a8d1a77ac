// Writes docs/api/*.api.md, one report of the public surface per entry, from the types in dist (npm run build).
// `--check` writes nothing and fails when a report is out of date or an exported item has no doc comment.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

import { Checklist, expectNone, expectText } from "./support/checklist.mjs";
import { makeWorkFolder } from "./support/packed-package.mjs";

const REPORTS = resolve("docs/api");
/** Types that signatures mention and nobody has to write. */
const UNNAMED = new Map([
  ["AnyArguments", "constraint of withRequest's signature"],
  ["HeadersInit", "a global of Node's types"],
  ["AnyClass", "constraint of the class decorators' signature"],
  ["ArgumentCallbacks", "part of the decorators' options, spelt out for inference"],
  ["Arguments", "constraint of the decorators' signature"],
  ["MethodLike", "constraint of the decorators' signature"],
  ["StreamingMethodLike", "constraint of the decorators' signature"],
  ["FileSystem", "the second parameter of FileSpanExporter, for specs: injected faults"],
  ["IDENTIFIER_NAMES", "the list behind a union of keys"],
  ["INSTRUMENTS", "the table behind InstrumentName"],
  ["LEVELS", "the list behind LogLevel"],
]);

const { check: isCheck } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target !== "string")
  .map(([door, target]) => ({
    name: door === "." ? manifest.name : `${manifest.name}-${door.slice(2).replaceAll("/", "-")}`,
    types: resolve(target.import.types),
  }));

const checklist = new Checklist();
const work = makeWorkFolder();
mkdirSync(REPORTS, { recursive: true });

const extracted = [];
for (const { name, types } of entries) {
  const reportFileName = `${name}.api.md`;
  await checklist.check(`${reportFileName} ${isCheck ? "is up to date" : "is written"}`, () => {
    const committed = join(REPORTS, reportFileName);
    const before = existsSync(committed) ? readFileSync(committed, "utf8") : "";
    const folder = isCheck ? work : REPORTS;
    const forgotten = extract(name, types, folder);
    const report = readFileSync(join(folder, reportFileName), "utf8");
    extracted.push({ name, report, forgotten });
    if (!isCheck) return;
    const mend = `${reportFileName} (if the change is meant, run npm run api:update and commit it)`;
    expectText(mend, report, before);
  });
}

const exported = new Set(extracted.flatMap(({ report }) => exportedNames(report)));
for (const { name, report, forgotten } of extracted) {
  await checklist.check(`${name}: every exported item and every option has a doc comment`, () => {
    expectNone("undocumented", undocumented(report));
  });
  await checklist.check(`${name}: every type that the surface mentions is exported by some entry`, () => {
    const faults = forgotten.filter(({ symbol }) => !exported.has(symbol) && !UNNAMED.has(symbol));
    expectNone(
      "not exported",
      faults.map(({ symbol, place }) => `${symbol} (${place})`),
    );
  });
}

await checklist.check("no report is left of an entry that is gone", () => {
  const expected = entries.map(({ name }) => `${name}.api.md`);
  const stale = readdirSync(REPORTS).filter((file) => file.endsWith(".api.md") && !expected.includes(file));
  if (!isCheck) for (const file of stale) rmSync(join(REPORTS, file));
  else expectNone("stale", stale);
});
checklist.finish();

/** Writes the report and returns the symbols that the entry mentions and does not export. */
function extract(name, types, reportFolder) {
  const forgotten = [];
  const quiet = { logLevel: ExtractorLogLevel.None };
  const config = ExtractorConfig.prepare({
    configObjectFullPath: resolve("api-extractor.json"),
    packageJsonFullPath: resolve("package.json"),
    configObject: {
      projectFolder: process.cwd(),
      mainEntryPointFilePath: types,
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2022",
            lib: ["ES2023", "ES2024.String", "ESNext.Disposable"],
            module: "es2022",
            moduleResolution: "bundler",
            strict: true,
            skipLibCheck: true,
            types: ["node"],
          },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder,
        reportTempFolder: join(work, "temp"),
        includeForgottenExports: false,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: quiet,
        },
        tsdocMessageReporting: { default: quiet },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: true,
    printApiReportDiff: false,
    messageCallback: (message) => {
      const [, symbol] = /^The symbol "([^"]+)"/.exec(message.text) ?? [];
      if (message.messageId === "ae-forgotten-export" && symbol !== undefined) {
        forgotten.push({ symbol, place: `${relative(".", message.sourceFilePath ?? "")}:${message.sourceFileLine}` });
      }
      message.handled = message.category !== "Compiler";
    },
  });
  if (!result.succeeded) throw new Error(`api-extractor found ${result.errorCount} errors`);
  return forgotten;
}

function exportedNames(report) {
  return [...report.matchAll(/^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm)].map(
    ([, name]) => name,
  );
}

/**
 * The report marks what has no doc comment: exported items at the left margin, members inside. Of members only options
 * must have one; the marks of the others are in the report for a reviewer to see.
 */
function undocumented(report) {
  const found = [];
  let item = "";
  const lines = report.split("\n");
  for (const [at, line] of lines.entries()) {
    if (line.startsWith("export ")) item = line;
    if (!line.endsWith("(undocumented)")) continue;
    const declaration = lines.slice(at + 1).find((next) => !next.trimStart().startsWith("//")) ?? "";
    if (!line.startsWith(" ")) found.push(declaration);
    else if (/^export interface \w*Options\b/.test(item)) found.push(`${item} ${declaration.trim()}`);
  }
  return found;
}
