import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run } from "./run.mjs";

/** The clients that are traced without a wrapper, in the versions that are promised. */
const ANTHROPIC = "@anthropic-ai/sdk@1.12.0";
export const CLIENTS = [
  ["openai@6.49.0", ANTHROPIC],
  ["openai@7.55.0", ANTHROPIC],
];

/** Structured extraction, with the newest and the oldest of what it works with. */
export const EXTRACTION = [
  ["openai@7.55.0", "zod@4.6.7"],
  ["openai@6.49.0", "zod@3.25.76"],
];

/** What an application of Nest has. */
export const NEST = [
  "@nestjs/common@12.5.1",
  "@nestjs/core@12.5.1",
  "@nestjs/platform-express@12.5.1",
  "@types/express@5.0.6",
  "reflect-metadata@0.2.2",
  "rxjs@7.8.2",
];

/** An empty place outside the checkout, removed when the process ends (kept with SPANDREL_KEEP=1). */
export function makeWorkFolder() {
  const folder = mkdtempSync(join(tmpdir(), "spandrel-package-"));
  process.on("exit", () => {
    if (process.env.SPANDREL_KEEP === "1") console.log(`kept ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Packs `dist` as npm would publish it; returns the tarball's path and the list of its files. */
export function packPackage(folder) {
  const output = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const report = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const [entry] = Array.isArray(report) ? report : Object.values(report);
  return { tarball: join(folder, entry.filename), files: entry.files.map((file) => file.path), size: entry.size };
}

/**
 * Makes a user's project in an empty folder: its `package.json`, the fixture's sources, and the tarball installed from
 * the registry's cache beside what every TypeScript user of Node has.
 */
export function makeProject({ folder, fixture, sources = ".", manifest, tarball, packages = [] }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "journey", private: true, ...manifest }, null, 2));
  cpSync(fixture, join(folder, sources), { recursive: true });
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball, ...packages], {
    cwd: folder,
  });
}
