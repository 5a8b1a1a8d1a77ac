import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** A switched-off rule must say why: `// eslint-disable-next-line some-rule -- the reason`. */
const reasonedDisable = {
  meta: { messages: { reason: "say why: `eslint-disable… rule -- reason`" } },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/^\s*eslint-disable/.test(comment.value) && !/\s--\s+\S/.test(comment.value)) {
          context.report({ loc: comment.loc, messageId: "reason" });
        }
      }
    },
  }),
};

const noEnv = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "The environment is read in lib/telemetry, lib/exporters and lib/cli only (design, law 4).",
};
const noDefaultExport = {
  selector: "ExportDefaultDeclaration, ExportSpecifier[exported.name='default']",
  message: "Name what you export.",
};
const noEnum = { selector: "TSEnumDeclaration", message: "Use a union of literals." };

export default defineConfig(
  globalIgnores(["dist/", "coverage/", "reports/", "spec/types/", "**/fixtures/", "bench/results/", "samples/**/out/"]),
  js.configs.recommended,
  {
    plugins: { house: { rules: { "reasoned-disable": reasonedDisable } } },
    linterOptions: { reportUnusedDisableDirectives: "error", reportUnusedInlineConfigs: "error" },
    rules: { "house/reasoned-disable": "error", eqeqeq: "error", "no-var": "error", "prefer-const": "error" },
  },
  {
    files: ["**/*.{js,mjs,cjs}"],
    languageOptions: {
      globals: {
        ...Object.fromEntries(
          [
            "process",
            "console",
            "URL",
            "Buffer",
            "setTimeout",
            "clearTimeout",
            "performance",
            "fetch",
            "Response",
            "TextEncoder",
          ].map((name) => [name, "readonly"]),
        ),
      },
    },
  },
  {
    files: ["**/*.{cjs,js}"],
    languageOptions: {
      sourceType: "commonjs",
      globals: { module: "writable", require: "readonly", __dirname: "readonly" },
    },
  },
  {
    files: ["**/*.{ts,mts,cts}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-restricted-syntax": ["error", noDefaultExport, noEnum],
      // `return findings.error(…)` leaves a void function early.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Callers may be plain JavaScript, so what the types rule out is checked and converted all the same.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // A default that is spelt out says what is meant.
      "@typescript-eslint/no-unnecessary-type-arguments": "off",
      // Records keyed by free text (headers, counters by reason) are emptied by key.
      "@typescript-eslint/no-dynamic-delete": "off",
      // A type parameter used once still carries inference in a decorator's overload.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // `Args extends any[]` in overloads cannot be merged without losing the decorated method's own type.
      "@typescript-eslint/unified-signatures": "off",
    },
  },
  {
    files: ["lib/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-syntax": ["error", noDefaultExport, noEnum, noEnv],
      // Tracing works on methods as values: it reads, wraps and applies them.
      "@typescript-eslint/unbound-method": "off",
      // OpenTelemetry's interfaces return promises where there is nothing to wait for.
      "@typescript-eslint/require-await": "off",
      // Kinds and status codes arrive as numbers from any SDK.
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      // JSON's quoting is about control characters and lone surrogates.
      "no-control-regex": "off",
      "no-misleading-character-class": "off",
    },
  },
  {
    files: ["lib/{telemetry,exporters,cli}/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", noDefaultExport, noEnum] },
  },
  {
    files: ["spec/**/*.ts"],
    rules: {
      // Specs write what users write, also what a style guide would not: methods that do not await, generators that do
      // not yield, values that are no errors thrown, sparse arrays, functions made of text, calls of the wrong type.
      ...Object.fromEntries(
        [
          "await-thenable",
          "no-base-to-string",
          "no-extraneous-class",
          "no-implied-eval",
          "no-meaningless-void-operator",
          "no-misused-spread",
          "no-unnecessary-template-expression",
          "no-unsafe-call",
          "no-unsafe-class-instance-assignment",
          "no-unsafe-enum-assignment",
          "no-unsafe-function-type",
          "no-unused-expressions",
          "only-throw-error",
          "prefer-promise-reject-errors",
          "require-await",
          "unbound-method",
        ].map((rule) => [`@typescript-eslint/${rule}`, "off"]),
      ),
      "no-sparse-arrays": "off",
      "prefer-rest-params": "off",
      "require-yield": "off",
      // Jest's matchers, and JSON read back, are `any`.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      // A missing element fails the spec, as it should.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["samples/**/*.ts"],
    rules: { "@typescript-eslint/require-await": "off" },
  },
);
