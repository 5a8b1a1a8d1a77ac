const proofs = ["support/shown-by.spec.ts"];
const names = ["support/public-names.spec.ts"];
const tables = ["support/markdown-table.spec.ts"];

/** What keeps the pages of features true must not go blind. */
export const faults = [
  {
    name: "any title is proof",
    file: "spec/support/shown-by.ts",
    find: "return spec.titles.has(title) ? undefined",
    replace: "return true ? undefined",
    specs: proofs,
  },
  {
    name: "a spec that is not there is proof",
    file: "spec/support/shown-by.ts",
    find: "if (spec === undefined) return `there is no ${file}`;",
    replace: "if (spec === undefined) return undefined;",
    specs: proofs,
  },
  {
    name: "a test that is left out is proof",
    file: "spec/support/shown-by.ts",
    find: "!LEFT_OUT.test(source)",
    replace: "true",
    specs: proofs,
  },
  {
    name: "any text of a spec is a title",
    file: "spec/support/shown-by.ts",
    find: "(?:\\b(?:it|describe)|\\))\\(\\s*(",
    replace: "(?:)\\s*(",
    specs: proofs,
  },
  {
    name: "every name is known",
    file: "spec/support/public-names.ts",
    find: "!names.has(name) && !OTHERS.has(name)",
    replace: "false",
    specs: names,
  },
  {
    name: "no name of ours is known",
    file: "spec/support/public-names.ts",
    find: "!names.has(name) && !OTHERS.has(name)",
    replace: "!OTHERS.has(name)",
    specs: names,
  },
  {
    name: "every attribute is known",
    file: "spec/support/public-names.ts",
    find: "name.startsWith(`${attribute}.`)) ? [] : [code]",
    replace: "name.startsWith(`${attribute}.`)) ? [] : []",
    specs: names,
  },
  {
    name: "every subpath is exported",
    file: "spec/support/public-names.ts",
    find: 'SUBPATHS.includes(code.replace("spandrel", "."))',
    replace: "true",
    specs: names,
  },
  {
    name: "comments make names",
    file: "spec/support/public-names.ts",
    find: 'source.replaceAll(/\\/\\*[^]*?\\*\\/|^\\s*\\/\\/.*$/gm, "")',
    replace: 'source + "startTelemetri: appNam"',
    specs: names,
  },
  {
    name: "a ragged row is a row",
    file: "spec/support/markdown-table.ts",
    find: "cells.length !== heads.length",
    replace: "false",
    specs: tables,
  },
  {
    name: "tables in code fences count",
    file: "spec/support/markdown-table.ts",
    find: 'text.replaceAll(/^```[^]*?^```$/gm, "")',
    replace: "text",
    specs: tables,
  },
  {
    name: "a second table goes on with the heads of the first",
    file: "spec/support/markdown-table.ts",
    find: 'if (!line.startsWith("|")) heads = undefined;',
    replace: 'if (!line.startsWith("|")) continue;',
    specs: tables,
  },
];
