import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { InvalidOptionError, traced } from "../../lib/index.js";
import { createTestTelemetry } from "../../lib/testing/index.js";
import { type ExpectedSpan, type ExpectedTree, spandrelMatchers } from "../../lib/testing/jest.js";
import { registerMatchers } from "../../lib/testing/register-matchers.js";

const telemetry = createTestTelemetry({ clock: "fixed", ids: "fixed" });
beforeEach(() => telemetry.reset());
afterAll(() => telemetry.shutdown());

/** Asked for anew, as a tracer stays with the first provider that it has served. */
const startSpan = (name: string, options = {}): Span => trace.getTracer("mine").startSpan(name, options);
const chat = (attributes = {}): void => {
  const span = startSpan("chat m", {
    kind: SpanKind.CLIENT,
    attributes: { "gen_ai.operation.name": "chat", ...attributes },
  });
  span.addEvent("retry", { attempt: 1, status: 503 });
  span.addEvent("first chunk");
  span.end();
};
const plan = traced({ name: "plan" }, () => chat({ tokens: 85, tools: ["search"] }));
const failing = traced({ name: "lookup", kind: "tool" }, () => {
  throw new Error("There is no order 7.");
});
const handle = traced({ name: "handle", kind: "workflow" }, () => {
  plan();
  expect(failing).toThrow();
});

/** What an assertion that fails says, without the colours of the test runner. */
function failureOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the assertion holds");
}

describe("toHaveSpan", () => {
  const fitting: [string, string | RegExp | ExpectedSpan][] = [
    ["a name", "plan"],
    ["a pattern", /^pl/],
    ["the name of an object", { name: "plan" }],
    ["a kind", { kind: "tool" }],
    ["a kind that no decorator has given", { name: "chat m", kind: "llm" }],
    ["a status", { status: "error" }],
    ["no status", { name: "plan", status: "unset" }],
    ["a status message", { statusMessage: "There is no order 7." }],
    ["a pattern of it", { statusMessage: /no order \d/ }],
    ["some attributes", { attributes: { tokens: 85, tools: ["search"] } }],
    ["an attribute that is not there", { name: "plan", attributes: { tokens: undefined } }],
    [
      "attributes by asymmetric matchers",
      { attributes: { tokens: expect.any(Number), tools: expect.arrayContaining(["search"]) } },
    ],
    ["all attributes by one", { attributes: expect.objectContaining({ tokens: 85 }) }],
    ["the names of the events", { events: ["retry", "first chunk"] }],
    ["attributes of events", { events: [{ name: "retry", attributes: { status: 503 } }, "first chunk"] }],
    ["events by an asymmetric matcher", { events: expect.arrayContaining([{ name: "first chunk" }]) }],
    ["no events", { name: "plan", events: [] }],
    ["anything", {}],
    [
      "all of it",
      {
        name: "lookup",
        kind: "tool",
        status: "error",
        statusMessage: /order/,
        attributes: { "error.type": "Error" },
        events: ["exception"],
      },
    ],
  ];

  it.each(fitting)("holds for %s", (_what, expected) => {
    handle();
    expect(telemetry).toHaveSpan(expected);
    expect(failureOf(() => expect(telemetry).not.toHaveSpan(expected))).toContain(
      "expect(telemetry).not.toHaveSpan(expected)",
    );
  });

  it.each<[string, string | RegExp | ExpectedSpan]>([
    ["another name", "pla"],
    ["a pattern that finds nothing", /^lan/],
    ["another kind", { name: "plan", kind: "tool" }],
    ["another status", { name: "plan", status: "error" }],
    ["another message", { statusMessage: "There is no order" }],
    ["a part that is another's", { name: "plan", attributes: { tokens: 85 } }],
    ["another value", { attributes: { tokens: 86 } }],
    ["another type", { attributes: { tokens: expect.any(String) } }],
    ["attributes of which one is missing", { attributes: expect.objectContaining({ tokens: 85, cost: 1 }) }],
    ["some of the events", { events: ["retry"] }],
    ["the events in another order", { events: ["first chunk", "retry"] }],
    ["other attributes of an event", { events: [{ name: "retry", attributes: { status: 500 } }, "first chunk"] }],
    ["no events", { name: "chat m", events: [] }],
  ])("does not hold for %s", (_what, expected) => {
    handle();
    expect(telemetry).not.toHaveSpan(expected);
    expect(failureOf(() => expect(telemetry).toHaveSpan(expected))).toContain("expect(telemetry).toHaveSpan(expected)");
  });

  it("holds again for a pattern that remembers where it has found something", () => {
    chat();
    const pattern = /chat/g;
    for (let at = 0; at < 3; at++) expect(telemetry).toHaveSpan(pattern);
  });

  it("says in what the span that is nearest is another", () => {
    handle();
    chat();
    const expected = {
      name: /^chat/,
      kind: "client",
      status: "ok",
      attributes: { tokens: 86, tools: ["search"], "gen_ai.operation.name": expect.stringContaining("x") },
      events: ["retry", { name: "first chunk", attributes: { size: 1 } }],
    } as const;
    expect(failureOf(() => expect(telemetry).toHaveSpan(expected))).toBe(`expect(telemetry).toHaveSpan(expected)

No span is like this. Of chat m,
  its kind is "llm", not "client"
  its status is "unset", not "ok"
  attribute tokens is 85, not 86
  attribute gen_ai.operation.name is "chat", not StringContaining "x"
  event 2, first chunk: attribute size is undefined, not 1
The spans that have ended:
  handle
    plan
      chat m
    lookup
  chat m`);
    expect(failureOf(() => expect(telemetry).toHaveSpan({ name: "plan", events: ["a"], statusMessage: /x/ })))
      .toContain(`Of plan,
  its status message is undefined, not /x/
  the list of its events is [], not ["a"]
The`);
    expect(
      failureOf(() => expect(telemetry).toHaveSpan({ name: "plan", attributes: expect.objectContaining({ a: 1 }) })),
    ).toContain('Of plan,\n  attributes is {"');
  });

  it("says that there is no such span, or that it is open", () => {
    expect(failureOf(() => expect(telemetry).toHaveSpan("plan"))).toBe(`expect(telemetry).toHaveSpan(expected)

No span named "plan" has ended.
The spans that have ended:
  (no spans)`);
    traced("plan", () => {
      expect(failureOf(() => expect(telemetry).toHaveSpan(/pl/))).toContain(
        "No span named /pl/ has ended. One is open: it has started and not ended yet.\n",
      );
      expect(failureOf(() => expect(telemetry).toHaveSpan("x"))).toContain('No span named "x" has ended.\n');
      expect(failureOf(() => expect(telemetry).toHaveSpan({ kind: "tool" }))).toContain(
        "No span has ended. One is open",
      );
    })();
  });

  it("says which spans were not to be", () => {
    handle();
    expect(failureOf(() => expect(telemetry).not.toHaveSpan({ attributes: { "error.type": undefined } })))
      .toBe(`expect(telemetry).not.toHaveSpan(expected)

The spans marked are like this, and none was to be:
> handle
>   plan
>     chat m
    lookup`);
  });

  it.each([[undefined], [null], [7], [{ nmae: "plan" }], [{ name: "plan", children: [] }]])(
    "refuses an expectation that it cannot read, negated too: %p",
    (expected) => {
      handle();
      const given = expected as unknown as string;
      expect(() => expect(telemetry).toHaveSpan(given)).toThrow(InvalidOptionError);
      expect(() => expect(telemetry).not.toHaveSpan(given)).toThrow("toHaveSpan");
    },
  );
});

describe("toHaveSpanTree", () => {
  const fitting: [string, string | ExpectedTree | readonly ExpectedTree[]][] = [
    ["a drawing", "handle\n  plan\n    chat m\n  lookup"],
    [
      "a drawing in the midst of code",
      `
        handle
          plan
            chat m

          lookup
      `,
    ],
    ["a drawing with tabs, and lines as Windows ends them", "\thandle\r\n\t\tplan\r\n\t\t\tchat m\r\n\t\tlookup\r\n"],
    ["a drawing with uneven steps", "handle\n    plan\n     chat m\n    lookup"],
    ["an object", { name: "handle", children: [{ name: "plan", children: ["chat m"] }, "lookup"] }],
    ["a list of one", [{ name: "handle", children: [{ name: "plan", children: ["chat m"] }, { name: "lookup" }] }]],
    [
      "spans with more than a name",
      {
        kind: "workflow",
        isOrphan: false,
        children: [
          {
            name: "plan",
            children: [{ name: /^chat/, attributes: { tokens: expect.any(Number) }, events: ["retry", "first chunk"] }],
          },
          { name: "lookup", kind: "tool", status: "error", children: [] },
        ],
      },
    ],
  ];

  it.each(fitting)("holds for %s", (_what, expected) => {
    handle();
    expect(telemetry).toHaveSpanTree(expected);
    expect(failureOf(() => expect(telemetry).not.toHaveSpanTree(expected)))
      .toBe(`expect(telemetry).not.toHaveSpanTree(expected)

The spans form these trees, and were not to:
  handle
    plan
      chat m
    lookup`);
  });

  it("holds for what tree() gives", () => {
    handle();
    chat();
    expect(telemetry).toHaveSpanTree(telemetry.tree({ attributes: true, events: true }));
  });

  it("holds for several trees, and for none", () => {
    expect(telemetry).toHaveSpanTree("");
    expect(telemetry).toHaveSpanTree([]);
    chat();
    chat();
    expect(telemetry).toHaveSpanTree("chat m\nchat m");
    expect(telemetry).toHaveSpanTree(["chat m", { name: "chat m" }]);
    expect(telemetry).not.toHaveSpanTree([]);
    expect(telemetry).not.toHaveSpanTree("chat m");
  });

  const message = (expected: string, received: string, at: string): string =>
    `expect(telemetry).toHaveSpanTree(expected)\n\nExpected:\n${expected}\n\nReceived:\n${received}\n\nAt the mark: ${at}`;

  it.each<[string, string | ExpectedTree | readonly ExpectedTree[], string, string, string]>([
    [
      "another name",
      "handle\n  plan\n    chat n\n  lookup",
      "  handle\n    plan\n>     chat n\n    lookup",
      "  handle\n    plan\n>     chat m\n    lookup",
      'its name is "chat m", not "chat n"',
    ],
    [
      "a span that is missing",
      "handle\n  plan\n    chat m\n  lookup\n  answer",
      "  handle\n    plan\n      chat m\n    lookup\n>   answer",
      "  handle\n    plan\n      chat m\n    lookup\n>   (nothing)",
      "answer is missing",
    ],
    [
      "a span too many",
      "handle\n  plan\n    chat m",
      "  handle\n    plan\n      chat m\n>   (nothing)",
      "  handle\n    plan\n      chat m\n>   lookup",
      "lookup is not expected",
    ],
    [
      "a span too many below one that was to have none",
      { name: "handle", children: ["plan", "lookup"] },
      "  handle\n    plan\n>     (nothing)\n    lookup",
      "  handle\n    plan\n>     chat m\n    lookup",
      "chat m is not expected",
    ],
    [
      "another order",
      "handle\n  lookup\n  plan\n    chat m",
      "  handle\n>   lookup\n    plan\n      chat m",
      "  handle\n>   plan\n      chat m\n    lookup",
      'its name is "plan", not "lookup"',
    ],
    [
      "another level",
      "handle\nplan\n  chat m\n  lookup",
      "  handle\n>   (nothing)\n  plan\n    chat m\n    lookup",
      "  handle\n>   plan\n      chat m\n    lookup",
      "plan is not expected",
    ],
    ["a tree too few", [], "> (nothing)", "> handle\n    plan\n      chat m\n    lookup", "handle is not expected"],
    [
      "other attributes, and another status",
      [{ name: /h/, kind: "task", status: "ok", children: [] }, {}],
      "> /h/\n  (any name)",
      "> handle\n    plan\n      chat m\n    lookup",
      'its kind is "workflow", not "task"\n             its status is "unset", not "ok"',
    ],
  ])("marks the first difference: %s", (_what, expected, wanted, received, at) => {
    handle();
    expect(telemetry).not.toHaveSpanTree(expected);
    expect(failureOf(() => expect(telemetry).toHaveSpanTree(expected))).toBe(message(wanted, received, at));
  });

  it("takes a root whose parent is not there for no root, unless it is told so, and names what is open", () => {
    traced("outer", () => {
      chat();
      expect(failureOf(() => expect(telemetry).toHaveSpanTree("chat m"))).toBe(
        message(
          "> chat m",
          "> chat m (its parent is not here)",
          "it has a parent, which has not ended or was exported elsewhere; { isOrphan: true } expects that\nNot ended yet: outer",
        ),
      );
      expect(telemetry).toHaveSpanTree({ name: "chat m", isOrphan: true });
    })();
    telemetry.reset();
    chat();
    expect(failureOf(() => expect(telemetry).toHaveSpanTree({ name: "chat m", isOrphan: true }))).toBe(
      message(
        "> chat m (its parent is not here)",
        "> chat m",
        "it is no orphan: it has no parent in this process, or one that is here",
      ),
    );
  });

  it("draws a name on one line, whatever is in it", () => {
    startSpan("two\nlines \u001b[31m").end();
    expect(telemetry).toHaveSpanTree(["two\nlines \u001b[31m"]);
    expect(failureOf(() => expect(telemetry).not.toHaveSpanTree(["two\nlines \u001b[31m"]))).toMatch(
      /\n {2}two lines .*31m$/,
    );
  });

  it.each<[string, unknown]>([
    ["a line between two levels", "a\n    b\n  c"],
    ["a line before the first", "  a\nb"],
    ["tabs after blanks", "a\n  b\n\t\t\tc"],
    ["nothing", undefined],
    ["null", null],
    ["a number", [7]],
    ["a list in a list", [["a"]]],
    ["a misspelt field", { name: "a", childs: [] }],
    ["children that are no list", { name: "a", children: "b" }],
  ])("refuses an expectation that it cannot read, negated too: %s", (_what, expected) => {
    const given = expected as string;
    expect(() => expect(telemetry).toHaveSpanTree(given)).toThrow(InvalidOptionError);
    expect(() => expect(telemetry).not.toHaveSpanTree(given)).toThrow("toHaveSpanTree");
  });
});

describe("toHaveNoOpenSpans", () => {
  it("holds when all have ended, and draws those that have not", () => {
    expect(telemetry).toHaveNoOpenSpans();
    handle();
    expect(telemetry).toHaveNoOpenSpans();
    expect(failureOf(() => expect(telemetry).not.toHaveNoOpenSpans())).toBe(
      "expect(telemetry).not.toHaveNoOpenSpans()\n\nEvery span has ended, and one was to be open.",
    );
    const leaked = startSpan("leaked");
    traced("outer", () => {
      traced("inner", () => {
        expect(telemetry).not.toHaveNoOpenSpans();
        expect(failureOf(() => expect(telemetry).toHaveNoOpenSpans())).toBe(
          "expect(telemetry).toHaveNoOpenSpans()\n\nStarted and not ended:\n  leaked\n  outer\n    inner",
        );
      })();
    })();
    leaked.end();
    expect(telemetry).toHaveNoOpenSpans();
  });
});

describe("the matchers", () => {
  it.each([[undefined], [null], [{}], [telemetry.telemetry], ["telemetry"]])(
    "refuse what is no test telemetry: %p",
    (value) => {
      for (const assertion of [expect(value), expect(value).not]) {
        expect(() => assertion.toHaveSpan("a")).toThrow(InvalidOptionError);
        expect(() => assertion.toHaveSpanTree("a")).toThrow("what createTestTelemetry has returned");
        expect(() => assertion.toHaveNoOpenSpans()).toThrow("the value before toHaveNoOpenSpans");
      }
    },
  );

  it("are registered with an expect that can be extended, and with no other", () => {
    const extend = jest.fn();
    registerMatchers({ expect: { extend } });
    expect(extend.mock.calls).toEqual([[spandrelMatchers]]);
    for (const globals of [{}, { expect: undefined }, { expect: null }, { expect: () => {} }])
      registerMatchers(globals);
  });

  it("see the telemetry that another copy of the package has made", async () => {
    await telemetry.shutdown();
    let other: typeof telemetry | undefined;
    jest.isolateModules(() => {
      const copy = jest.requireActual<typeof import("../../lib/testing/index.js")>("../../lib/testing/index.js");
      expect(copy.createTestTelemetry).not.toBe(createTestTelemetry);
      other = copy.createTestTelemetry();
    });
    handle();
    expect(other).toHaveSpanTree("handle\n  plan\n    chat m\n  lookup");
    const replaced = createTestTelemetry({ ids: "fixed" });
    chat();
    expect([other?.spans().length, replaced.spans().length]).toEqual([4, 1]);
    expect(replaced.find("chat m").spanContext().spanId).toBe("0000000000000001");
    expect(replaced.find("chat m").status.code).toBe(SpanStatusCode.UNSET);
    await replaced.shutdown();
  });
});
