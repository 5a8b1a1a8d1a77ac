const common = {
  testEnvironment: "node",
  roots: ["<rootDir>/spec"],
  testPathIgnorePatterns: ["/node_modules/", "/fixtures/"],
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
};
const transform = (tsconfig) => ({ "^.+\\.ts$": ["ts-jest", { tsconfig }] });

/** @type {import("jest").Config} */
module.exports = {
  projects: [
    {
      ...common,
      displayName: "stage3",
      testMatch: ["**/*.spec.ts"],
      transform: transform("<rootDir>/tsconfig.json"),
    },
    {
      // The same files again, compiled with experimentalDecorators.
      ...common,
      displayName: "legacy",
      testMatch: ["<rootDir>/spec/{decorators,span,context,telemetry}/**/*.spec.ts"],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, "\\.stage3\\.spec\\.ts$"],
      transform: transform("<rootDir>/tsconfig.legacy.json"),
    },
  ],
};
