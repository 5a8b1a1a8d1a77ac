import {
  type LogLevel,
  contain,
  containedFaults,
  errorText,
  isLogLevel,
  log,
  resetLog,
  setLogLevel,
} from "../../lib/internal/index.js";

let said: string[] = [];
beforeEach(() => {
  const lines: string[] = [];
  said = lines;
  resetLog((line) => void lines.push(line));
  setLogLevel("warn");
});

const LEVELS: LogLevel[] = ["debug", "info", "warn", "error", "silent"];

describe("the log", () => {
  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ] as const)("says at level %s what is at least as serious", (level, expected) => {
    setLogLevel(level);
    for (const at of ["debug", "info", "warn", "error"] as const) log[at](`CODE_${at}`, at);
    expect(said).toEqual(expected.map((at) => `spandrel: CODE_${at}: ${at}\n`));
  });

  it("says a message once per code and per what it is about", () => {
    for (let times = 0; times < 3; times++) {
      log.warn("A", "first");
      log.warn("A", "second text, same code");
      log.warn("A", "about x", "x");
      log.warn("B", "other");
    }
    expect(said).toEqual(["spandrel: A: first\n", "spandrel: A: about x\n", "spandrel: B: other\n"]);
  });

  it("does not count what the level has kept quiet as said", () => {
    log.debug("A", "quiet");
    setLogLevel("debug");
    log.debug("A", "heard");
    expect(said).toEqual(["spandrel: A: heard\n"]);
  });

  it("remembers a bounded number of things it spoke about", () => {
    for (let n = 0; n < 1500; n++) log.warn("A", "about", String(n));
    expect(said).toHaveLength(1000);
  });

  it("never throws, even where stderr does", () => {
    resetLog(() => {
      throw new Error("EPIPE");
    });
    expect(() => log.error("A", "text")).not.toThrow();
  });

  it("knows its levels", () => {
    expect(LEVELS.every(isLogLevel)).toBe(true);
    expect([isLogLevel("WARN"), isLogLevel(undefined), isLogLevel(2)]).toEqual([false, false, false]);
  });
});

describe("contained faults", () => {
  it("are counted by code and said once", () => {
    contain("F", "a callback", new RangeError("out of range"));
    contain("F", "a callback", new RangeError("again"));
    contain("G", "another", "text");
    expect(containedFaults()).toEqual({ F: 2, G: 1 });
    expect(said).toEqual([
      "spandrel: F: a callback failed and was contained: RangeError: out of range\n",
      "spandrel: G: another failed and was contained: text\n",
    ]);
  });

  it("are counted from 0 after a reset, and in a copy that nobody can change", () => {
    contain("F", "a callback", 1);
    const faults = containedFaults();
    contain("F", "a callback", 1);
    expect(faults).toEqual({ F: 1 });
    resetLog();
    expect(containedFaults()).toEqual({});
  });

  it.each<[string, unknown, string]>([
    ["an error", new TypeError("no"), "TypeError: no"],
    ["a string", "text", "text"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["undefined", undefined, "undefined"],
    ["an object without a prototype", Object.create(null), "an error that cannot be read"],
    [
      "an error whose message throws",
      Object.defineProperty(new Error(), "message", {
        get: () => {
          throw new Error("hidden");
        },
      }),
      "an error that cannot be read",
    ],
    ["a revoked proxy", revoked(), "an error that cannot be read"],
  ])("have a text whatever was thrown: %s", (_what, thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
