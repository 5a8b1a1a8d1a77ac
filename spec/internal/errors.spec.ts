import { PartialJsonError, describeValue } from "../../lib/errors.js";
import { AlreadyStartedError, DecoratorMisuseError, InvalidOptionError, SpandrelError } from "../../lib/index.js";

describe("errors", () => {
  it("have a class, a stable code, and a message that begins with it", () => {
    const invalid = new InvalidOptionError("capture.maxBytes", "an integer", "9");
    expect(invalid).toMatchObject({
      name: "InvalidOptionError",
      code: "SPANDREL_INVALID_OPTION",
      option: "capture.maxBytes",
      message: 'SPANDREL_INVALID_OPTION: expected capture.maxBytes to be an integer, got "9" (string)',
    });
    expect(new AlreadyStartedError("twice")).toMatchObject({
      name: "AlreadyStartedError",
      message: "SPANDREL_ALREADY_STARTED: twice",
    });
    expect(new PartialJsonError(7, "there")).toMatchObject({
      name: "PartialJsonError",
      code: "SPANDREL_PARTIAL_JSON",
      offset: 7,
      message: "SPANDREL_PARTIAL_JSON: there",
    });
    expect(new DecoratorMisuseError("here")).toMatchObject({
      name: "DecoratorMisuseError",
      code: "SPANDREL_DECORATOR_MISUSE",
      message: "SPANDREL_DECORATOR_MISUSE: here",
    });
  });

  it("keep their cause, and show neither brand nor code twice when printed", () => {
    const cause = new Error("why");
    const error = new SpandrelError("SPANDREL_X", "what", { cause });
    expect(error.cause).toBe(cause);
    expect(Object.keys(error).sort()).toEqual(["code", "name"]);
  });

  it("are told apart by instanceof, and all but the TypeError are Spandrel's by class too", () => {
    const errors = [
      new InvalidOptionError("a", "b", 1),
      new AlreadyStartedError("a"),
      new DecoratorMisuseError("a"),
      new PartialJsonError(1, "a"),
      new SpandrelError("SPANDREL_SHUT_DOWN", "a"),
      new Error("SPANDREL_INVALID_OPTION: not ours"),
    ];
    const classes = [
      SpandrelError,
      InvalidOptionError,
      AlreadyStartedError,
      PartialJsonError,
      DecoratorMisuseError,
      TypeError,
      Error,
    ];
    expect(errors.map((error) => classes.map((one) => (error instanceof one ? 1 : 0)).join(""))).toEqual([
      "1100001",
      "1010001",
      "1000111",
      "1001001",
      "1000001",
      "0000001",
    ]);
    class OwnError extends SpandrelError {}
    expect(new OwnError("X", "y") instanceof OwnError).toBe(true);
    expect(errors[0] instanceof OwnError).toBe(false);
  });

  it.each([[undefined], [null], [7], ["text"], [Symbol("s")], [Object.create(null)]])("are not %p", (value) => {
    for (const one of [
      SpandrelError,
      InvalidOptionError,
      AlreadyStartedError,
      PartialJsonError,
      DecoratorMisuseError,
    ]) {
      expect(value instanceof one).toBe(false);
    }
  });

  it.each<[unknown, string]>([
    ["short", '"short" (string)'],
    ["x".repeat(61), `"${"x".repeat(60)}…" (string)`],
    [1.5, "1.5 (number)"],
    [NaN, "NaN (number)"],
    [true, "true (boolean)"],
    [10n, "10 (bigint)"],
    [undefined, "undefined"],
    [null, "null"],
    [() => 1, "a function"],
    [Symbol("secret"), "a symbol"],
    [[1], "an array"],
    [{ toString: () => "secret" }, "an object"],
  ])("describe a given value without running it: %p", (value, text) => {
    expect(describeValue(value)).toBe(text);
  });
});
