const { readFileSync, readdirSync } = require("node:fs");
const { availableParallelism } = require("node:os");
const { join } = require("node:path");

const common = {
  testEnvironment: "<rootDir>/spec/support/environment.cjs",
  roots: ["<rootDir>/spec"],
  testPathIgnorePatterns: ["/node_modules/", "/fixtures/"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
};
const transform = (tsconfig) => ({ "^.+\\.ts$": ["ts-jest", { tsconfig }] });

/** Without a decorator in it a file compiles to the same in both dialects. */
const decorated = readdirSync(join(__dirname, "spec"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".spec.ts") && !file.endsWith(".stage3.spec.ts") && !file.includes("fixtures/"))
  .filter((file) => /^\s*@[A-Z]\w*/m.test(readFileSync(join(__dirname, "spec", file), "utf8")));

/** @type {import("jest").Config} */
module.exports = {
  // Jest leaves one processor free, which of two is half of them; many specs wait for servers and child processes.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    {
      ...common,
      displayName: "stage3",
      testMatch: ["**/*.spec.ts"],
      transform: transform("<rootDir>/tsconfig.json"),
    },
    {
      // The specs that decorate, once more, compiled with experimentalDecorators.
      ...common,
      displayName: "legacy",
      testMatch: decorated.map((file) => `<rootDir>/spec/${file}`),
      transform: transform("<rootDir>/tsconfig.legacy.json"),
    },
  ],
};
