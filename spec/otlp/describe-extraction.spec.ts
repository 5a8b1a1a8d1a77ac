import { buildSpanTree, decodeTracesData, encodeTracesData, renderSpanTree, toTreeSpan } from "../../lib/otlp/index";
import { makeSpan } from "./make-span";

const STYLE = { width: 70, isColoured: false, isPlain: true };

type Event = readonly [attempt: number, paths: readonly string[], codes: readonly string[], item?: number];

function makeExtraction(attributes: Record<string, unknown>, ...events: readonly Event[]) {
  return makeSpan({
    name: "instructor.create",
    attributes,
    events: events.map(([attempt, paths, codes, item]) => ({
      name: "validation.failed",
      time: [1, 0],
      attributes: {
        "spandrel.validation.attempt": attempt,
        "spandrel.validation.paths": [...paths],
        "spandrel.validation.codes": [...codes],
        ...(item === undefined ? {} : { "spandrel.validation.item": item }),
      },
    })),
  });
}

/** What stands behind the duration. */
function notes(span: ReturnType<typeof makeExtraction>): string {
  return renderSpanTree(buildSpanTree([toTreeSpan(span)]), STYLE)
    .replace(/^.* ms\s*/, "")
    .trim();
}

const ATTEMPTS = "spandrel.instructor.attempts";
const OUTCOME = "spandrel.instructor.outcome";

describe("a validation in a tree", () => {
  const failure = (schema: string, ...paths: readonly string[]) => ({
    name: "validation.failed",
    time: [1, 0] as [number, number],
    attributes: {
      "spandrel.validation.schema": schema,
      "spandrel.validation.paths": [...paths],
      "spandrel.validation.codes": paths.map(() => "custom"),
    },
  });

  it("says where the value was wrong", () => {
    const span = makeSpan({
      attributes: { "spandrel.validation.outcome": "invalid" },
      events: [failure("Question", "text", "")],
    });
    expect(notes(span)).toBe("invalid: text, custom");
  });

  it("says which value, where the span is about something else", () => {
    const events = [1, 2, 3, 4].map((at) => failure("Question", `${at}`));
    expect(notes(makeSpan({ events }))).toBe("Question invalid: 1  Question invalid: 2  Question invalid: 3  1 more");
  });

  it("says nothing where all was well", () => {
    expect(notes(makeSpan({ attributes: { "spandrel.validation.outcome": "valid" }, events: [] }))).toBe("");
  });
});

describe("an extraction in a tree", () => {
  it("says its attempts, and nothing more where all was well", () => {
    expect(notes(makeExtraction({ [ATTEMPTS]: 1, [OUTCOME]: "valid" }))).toBe("1 attempt");
  });

  it("says where each attempt that failed was wrong; of the answer as a whole, how", () => {
    const span = makeExtraction(
      { [ATTEMPTS]: 3, [OUTCOME]: "valid", "spandrel.usage.input_tokens": 9, "spandrel.usage.output_tokens": 4 },
      [1, [""], ["no_tool_call"]],
      [2, ["user.age", "user.age", "name"], ["too_big", "custom", "too_small"]],
    );
    expect(notes(span)).toBe(
      "3 attempts  #1 invalid: no_tool_call  #2 invalid: user.age, name, …  9 in / 4 out tokens",
    );
  });

  it("says how it ended, where not well, and what was left out", () => {
    const span = makeExtraction(
      { [ATTEMPTS]: 1, [OUTCOME]: "cancelled", "spandrel.instructor.items_skipped": 2 },
      [1, ["name"], ["too_small"], 0],
      [1, ["name"], ["too_small"], 4],
    );
    expect(notes(span)).toBe("1 attempt  2 skipped  cancelled");
  });

  it("names three failures and counts the rest", () => {
    const events = [1, 2, 3, 4, 5].map((attempt): Event => [attempt, ["a"], ["custom"]]);
    const shown = "#1 invalid: a  #2 invalid: a  #3 invalid: a  2 more";
    expect(notes(makeExtraction({ [ATTEMPTS]: 6, [OUTCOME]: "valid" }, ...events))).toBe(`6 attempts  ${shown}`);
  });

  it("is drawn from a file as it is drawn live", () => {
    const span = makeExtraction({ [ATTEMPTS]: 2, [OUTCOME]: "valid" }, [1, ["age"], ["invalid_type"]]);
    const decoded = decodeTracesData(encodeTracesData([span]).text).spans;
    expect(renderSpanTree(buildSpanTree(decoded), STYLE)).toBe(
      renderSpanTree(buildSpanTree([toTreeSpan(span)]), STYLE),
    );
  });

  it("survives events that cannot be read", () => {
    const span = makeExtraction({ [ATTEMPTS]: 1 });
    Object.defineProperty(span, "events", {
      get: () => {
        throw new Error("no");
      },
    });
    expect(notes(span)).toBe("1 attempt");
  });
});
