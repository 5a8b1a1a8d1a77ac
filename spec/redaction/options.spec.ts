import { InvalidOptionError } from "../../lib/errors";
import { containedFaults, resetLog } from "../../lib/internal/index";
import { createRedactor } from "../../lib/redaction/index";
import { makeSpan } from "../otlp/make-span";

const quiet = (): void => resetLog(() => undefined);
beforeEach(quiet);

describe("redact", () => {
  it.each([
    ["redact", false],
    ["redact", null],
    ["redact", "yes"],
    ["redact", ["password"]],
    ["redact.keys", { keys: "password" }],
    ["redact.keys", { keys: [/password/] }],
    ["redact.keys", { keys: ["__"] }],
    ["redact.patterns", { patterns: /x/ }],
    ["redact.patterns", { patterns: ["x"] }],
    ["redact.replace", { replace: 1 }],
    ["redact.replace", { replace: null }],
    ["redact.defaults", { defaults: "no" }],
  ])("refuses %s with %j", (option, value) => {
    expect(() => createRedactor(value as never)).toThrow(
      expect.objectContaining({ code: "SPANDREL_INVALID_OPTION", option }),
    );
    expect(() => createRedactor(value as never)).toThrow(InvalidOptionError);
  });

  it("takes undefined for what is not given", () => {
    const redactor = createRedactor({ keys: undefined, patterns: undefined, replace: undefined, defaults: undefined });
    expect(redactor.redactText("password=abc")).toBe("password=[redacted]");
  });

  it("takes keys and patterns beside the defaults", () => {
    const redactor = createRedactor({ keys: ["customer iban"], patterns: [/EMP-\d+/, /^\d{16}$/gy] });
    expect(
      redactor.redactText('{"customerIban":"DE1","note":"EMP-12 and EMP-7","card":"4111111111111111","pwd":"x"}'),
    ).toBe(
      '{"customerIban":"[redacted]","note":"[redacted:pattern] and [redacted:pattern]","card":"[redacted:pattern]","pwd":"[redacted]"}',
    );
    expect(redactor.redactText("customer_iban=DE1 EMP-12")).toBe("customer_iban=[redacted] [redacted:pattern]");
  });

  it("takes keys and patterns in their place", () => {
    const redactor = createRedactor({ defaults: false, keys: ["iban"], patterns: [/EMP-\d+/] });
    const text = "password=abc sk-proj-aB3dE5gH7jK9mN1p Bearer abc123456";
    expect(redactor.redactText(text)).toBe(text);
    expect(redactor.redactText("iban=DE1 EMP-1")).toBe("iban=[redacted] [redacted:pattern]");
    expect(createRedactor({ defaults: false }).redactText('{"password":"x"}')).toBe('{"password":"x"}');
  });

  it("asks the user's patterns each time, also of a text that was clean before", () => {
    let isAwake = false;
    const moody = Object.assign(/x/, { exec: (text: string) => (isAwake ? /x/.exec(text) : null) });
    const redactor = createRedactor({ patterns: [moody] });
    expect(redactor.redactText("axb")).toBe("axb");
    isAwake = true;
    expect(redactor.redactText("axb")).toBe("a[redacted:pattern]b");
  });

  it("leaves the user's patterns as they are, and ends with one that matches nothing", () => {
    const pattern = /\d*/g;
    pattern.lastIndex = 3;
    expect(createRedactor({ patterns: [pattern] }).redactText("a12b3")).toBe("a[redacted:pattern]b[redacted:pattern]");
    expect(pattern.lastIndex).toBe(3);
    expect(createRedactor({ patterns: [/\d/y] }).redactText("a1")).toBe("a[redacted:pattern]");
    const stuck = Object.assign(/x/, { exec: (text: string) => /x/.exec(text) });
    expect(createRedactor({ patterns: [stuck] }).redactText("axb")).toBe("a[redacted:pattern]b");
  });

  it("replaces by a text, in JSON as JSON needs it", () => {
    const redactor = createRedactor({ replace: '"gone"' });
    expect(redactor.redactText('{"pwd":1,"a":"Bearer abc123456"}')).toBe(
      '{"pwd":"\\"gone\\"","a":"Bearer \\"gone\\""}',
    );
    const stars = createRedactor({ replace: "***" });
    const once = stars.redactText("password=abc Bearer abc123456 ");
    expect(once).toBe("password=*** Bearer *** ");
    expect(stars.redactText(once)).toBe(once);
  });

  it("replaces by what a function gives, which sees names and kinds only", () => {
    const seen: unknown[] = [];
    const redactor = createRedactor({
      replace: (found) => {
        seen.push(found);
        return `<${found.kind}>`;
      },
      patterns: [/EMP-\d+/],
    });
    expect(redactor.redactText('{"apiKey":"abc","b":"Bearer abc123456 EMP-1"}')).toBe(
      '{"apiKey":"<key>","b":"Bearer <bearer> <pattern>"}',
    );
    const span = redactor.redactSpan(makeSpan({ attributes: { "db.password": "x" } }));
    expect(span.attributes).toEqual({ "db.password": "<key>" });
    expect(seen).toEqual([
      { key: "apiKey", kind: "key" },
      { kind: "bearer" },
      { kind: "pattern" },
      { key: "db.password", kind: "key" },
    ]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no");
      },
    ],
    ["returns nothing", () => undefined],
    ["returns null", () => null],
  ])("hides the secret and counts it where the function %s", (_what, replace) => {
    const redactor = createRedactor({ replace: replace as never });
    expect(redactor.redactText('{"password":"hunter2","user":"ada"}')).toBe(
      '{"password":"[redaction failed]","user":"ada"}',
    );
    expect(containedFaults()).toEqual({ SPANDREL_REDACTION_FAILED: 1 });
  });

  it("hides the whole value and counts it where a pattern throws", () => {
    const broken = Object.assign(/x/, {
      exec: () => {
        throw new Error("no");
      },
    });
    const redactor = createRedactor({ patterns: [broken] });
    expect(redactor.redactText("some text")).toBe("[redaction failed]");
    const span = redactor.redactSpan(
      makeSpan({ attributes: { list: ["a", "b"], count: 1 }, status: { code: 2, message: "m" } }),
    );
    expect(span).toMatchObject({
      name: "[redaction failed]",
      attributes: { "[redaction failed]": 1 },
      status: { code: 2, message: "[redaction failed]" },
    });
    const { attributes } = redactor.redactSpan(makeSpan({ attributes: { list: ["a", "b"] } }));
    expect(Object.values(attributes)).toEqual([["[redaction failed]", "[redaction failed]"]]);
    expect(containedFaults()["SPANDREL_REDACTION_FAILED"]).toBeGreaterThan(3);
  });
});
