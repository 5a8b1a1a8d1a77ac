import * as z from "zod";
import { $ZodObject, $ZodString } from "zod/v4/core";

import { createResponseSchema } from "../../lib/response-schema/response-schema.js";
import { formatIssues } from "../../lib/response-schema/validation-issues.js";

const validate = (schema: z.core.$ZodType, value: unknown): Promise<unknown> =>
  createResponseSchema(schema, { strict: false }).validate(value);

describe("validation", () => {
  it("gives what the schema makes of the value, asynchronous parts too", async () => {
    const schema = z.object({ a: z.string().transform(async (text) => text.length), b: z.number().default(2) });
    await expect(validate(schema, { a: "abc" })).resolves.toEqual({ success: true, data: { a: 3, b: 2 } });
  });

  it("gives issues with path, code and message", async () => {
    const schema = z.object({
      list: z.array(z.object({ n: z.number().min(3) })),
      name: z.string().refine(async (name) => name !== "x", "is taken"),
    });
    await expect(validate(schema, { list: [{ n: 4 }, { n: 1 }, {}], name: "x" })).resolves.toEqual({
      success: false,
      issues: [
        { path: ["list", 1, "n"], code: "too_small", message: "Too small: expected number to be >=3" },
        { path: ["list", 2, "n"], code: "invalid_type", message: "Invalid input: expected number, received undefined" },
        { path: ["name"], code: "custom", message: "is taken" },
      ],
    });
  });

  it("rejects with what a refinement throws", async () => {
    const schema = z.object({ a: z.string().refine(() => Promise.reject(new Error("no database"))) });
    await expect(validate(schema, { a: "x" })).rejects.toThrow("no database");
  });

  const Objects = z.union([
    z.object({ type: z.literal("a"), n: z.number() }),
    z.object({ type: z.literal("b"), n: z.number(), m: z.number() }),
  ]);
  it.each<[string, z.ZodType, unknown, unknown[]]>([
    [
      "the branch whose tag matches",
      Objects,
      { type: "b", n: "x", m: "y" },
      [
        ["n", "invalid_type"],
        ["m", "invalid_type"],
      ],
    ],
    [
      "the branch with the fewest issues",
      z.union([z.object({ a: z.number(), b: z.number() }), z.object({ a: z.number() })]),
      { a: "x", b: "y" },
      [["a", "invalid_type"]],
    ],
    [
      "the branch of the right kind",
      z.union([z.string(), z.object({ a: z.object({ b: z.string() }) })]),
      { a: { b: 1 } },
      [["a.b", "invalid_type"]],
    ],
    [
      "the branch that a refinement failed",
      z.union([z.object({ t: z.literal("a") }), z.object({ t: z.literal("b") }).refine(() => false, { abort: true })]),
      { t: "b" },
      [["", "custom"]],
    ],
    ["the branch that failed at a bound only", z.union([z.number(), z.string().min(3)]), "ab", [["", "too_small"]]],
    [
      "the branch that knows the keys",
      z.union([z.strictObject({ a: z.number() }), z.strictObject({ a: z.number(), b: z.number() })]),
      { a: "x", b: "y" },
      [
        ["a", "invalid_type"],
        ["b", "invalid_type"],
      ],
    ],
    [
      "the branch whose tag matches, though it lacks more",
      Objects,
      { type: "b" },
      [
        ["n", "invalid_type"],
        ["m", "invalid_type"],
      ],
    ],
    [
      "the branch that lacks nothing",
      z.union([z.object({ a: z.string(), b: z.string() }), z.object({ a: z.string(), c: z.number() })]),
      { a: "x", c: "y" },
      [["c", "invalid_type"]],
    ],
    [
      "the only branch that got to the end, as zod has it",
      z.union([z.strictObject({ a: z.string() }), z.strictObject({ a: z.string(), b: z.number() })]),
      { a: "x", b: "y" },
      [["", "unrecognized_keys"]],
    ],
    [
      "a union in a union",
      z.union([z.string(), z.union([z.number(), z.object({ a: z.string() })])]),
      { a: 1 },
      [["a", "invalid_type"]],
    ],
    ["a union below", z.object({ l: z.array(Objects) }), { l: [{ type: "a", n: "x" }] }, [["l.0.n", "invalid_type"]]],
    ["unknown keys", z.strictObject({ a: z.string() }), { a: "x", b: 1 }, [["", "unrecognized_keys"]]],
    ["a record's key", z.record(z.string().min(3), z.number()), { ab: 1 }, [["ab", "invalid_key"]]],
  ])("names the issues of %s", async (_, schema, value, expected) => {
    const result = (await validate(schema, value)) as { issues: { path: string[]; code: string }[] };
    expect(result.issues.map(({ path, code }) => [path.join("."), code])).toEqual(expected);
  });

  it.each<[string, z.ZodType, unknown, string]>([
    [
      "no branch takes",
      z.union([z.string(), z.number()]),
      true,
      "Invalid input: expected string, received boolean; or Invalid input: expected number, received boolean",
    ],
    [
      "no branch of nested unions takes",
      z.union([z.literal("a"), z.union([z.literal("b"), z.literal("c")])]),
      "d",
      'Invalid input: expected "a"; or Invalid input: expected "b"; or Invalid input: expected "c"',
    ],
    [
      "has no tag of the union",
      z.discriminatedUnion("t", [z.object({ t: z.literal("a") }), z.object({ t: z.literal("b") })]),
      { t: "c" },
      "Invalid discriminator value. Expected 'a' | 'b'",
    ],
    [
      "several branches take that exclude each other",
      z.xor([z.string(), z.string().min(1)]),
      "abc",
      "Invalid input: more than one option matched",
    ],
    [
      "has a wrong key",
      z.record(z.string().min(3), z.number()),
      { ab: 1 },
      "Invalid key in record: Too small: expected string to have >=3 characters",
    ],
  ])("says of a value that %s what was expected", async (_, schema, value, message) => {
    await expect(validate(schema, value)).resolves.toMatchObject({ success: false, issues: [{ message }] });
  });

  describe("of a schema from zod's core, where no language is set", () => {
    const { localeError, customError } = z.config();
    afterEach(() => z.config({ localeError, customError }));
    const schema = new $ZodObject({ type: "object", shape: { a: new $ZodString({ type: "string" }) } });

    it("speaks English", async () => {
      z.config({ localeError: undefined });
      await expect(validate(schema, { a: 1 })).resolves.toMatchObject({
        issues: [{ path: ["a"], message: "Invalid input: expected string, received number" }],
      });
    });

    it("lets the user's own messages go first", async () => {
      z.config({ localeError: undefined, customError: () => "mine" });
      await expect(validate(schema, { a: 1 })).resolves.toMatchObject({ issues: [{ message: "mine" }] });
    });

    it("leaves a language that was chosen", async () => {
      z.config(z.locales.de());
      await expect(validate(schema, { a: 1 })).resolves.toMatchObject({
        issues: [{ message: expect.stringContaining("Ungültige Eingabe") as unknown }],
      });
    });
  });
});

describe("formatted issues", () => {
  const issue = (path: (string | number)[], message: string) => ({ path, code: "custom", message });

  it("are a line each, by path", () => {
    const issues = [issue(["list", 0, "n"], "too small"), issue([], "is odd"), issue([2, "a"], "two\n lines")];
    expect(formatIssues(issues)).toBe("- list[0].n: too small\n- (root): is odd\n- [2].a: two lines");
    expect(formatIssues(issues, ["items", 1])).toBe(
      "- items[1].list[0].n: too small\n- items[1]: is odd\n- items[1][2].a: two lines",
    );
    expect(formatIssues([])).toBe("");
  });

  it("are bounded", () => {
    const issues = Array.from({ length: 23 }, (_, index) => issue(["k".repeat(1000), index], "m".repeat(1000)));
    const lines = formatIssues(issues).split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("- … and 3 more");
    expect(Math.max(...lines.map((line) => line.length))).toBe(303);
    expect(formatIssues(issues.slice(0, 20))).not.toContain("more");
  });
});
