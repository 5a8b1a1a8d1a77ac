import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import tty from "node:tty";

import { flushOnSignals } from "../../lib/telemetry/end-by-signal.js";
import { readTraceFile } from "../journeys/trace-file.js";
import { type BundledRun, runBundled } from "./bundled-program.js";
import { ROOT } from "./program.js";

/** Into a file, nothing before the end; `work` makes a span. */
const TO_FILE = `
const telemetry = startTelemetry({
  autoFlush: "off",
  processors: {
    default: { exporter: new FileSpanExporter({ path: "out.jsonl" }), queue: { scheduledDelayMillis: 60_000 } },
  },
});
const work = traced("work", (n) => n);
`;
/** To an exporter that says when it is called, and what it has delivered so many milliseconds later. */
const toSlow = (millis: number): string => `
const slow = {
  export(spans, done) {
    say("EXPORTING");
    setTimeout(() => { say("delivered", spans.length); done({ code: 0 }); }, ${String(millis)});
  },
  shutdown: async () => {},
};
const telemetry = startTelemetry({ autoFlush: "off", customExporter: slow });
traced("work", () => 1)();
`;
const toHung = `
const hung = { export: () => say("EXPORTING"), shutdown: async () => {} };
const telemetry = startTelemetry({ autoFlush: "off", customExporter: hung });
traced("work", () => 1)();
`;
const WAIT = 'setInterval(() => {}, 1000); say("READY");';
const TERM = { signals: { READY: "SIGTERM" } } as const;

const namesIn = ({ folder }: BundledRun): string[] => {
  const path = join(folder, "out.jsonl");
  return existsSync(path) ? readTraceFile(path).map(({ name }) => name) : [];
};

describe("a signal that somebody else listens for", () => {
  it.each(["on", "once", "prependListener", "prependOnceListener", "events.once"])(
    "is theirs, whether they came first or last: %s",
    async (method) => {
      const theirs = 'say("theirs"); setTimeout(() => { say("done"); process.exit(3); }, 400);';
      const listen =
        method === "events.once"
          ? `void require("node:events").once(process, "SIGTERM").then(() => { ${theirs} });`
          : `process.${method}("SIGTERM", () => { ${theirs} });`;
      const runs = await Promise.all([
        runBundled(listen + toSlow(20) + WAIT, TERM),
        runBundled(toSlow(20) + listen + WAIT, TERM),
      ]);
      expect(runs.map(({ end, said }) => [end, [...said].sort()])).toEqual(
        runs.map(() => [3, ["EXPORTING", "delivered 1", "done", "theirs"]]),
      );
    },
  );

  it("is not waited for where they exit at once", async () => {
    const run = await runBundled(`${TO_FILE} work(1); process.on("SIGINT", () => process.exit(5)); ${WAIT}`, {
      signals: { READY: "SIGINT" },
    });
    expect([run.end, namesIn(run)]).toEqual([5, ["work"]]);
  });

  it("ends nothing where they go on working", async () => {
    const run = await runBundled(
      `${TO_FILE} work(1); process.on("SIGTERM", () => setTimeout(() => { clearInterval(timer); say("alive"); }, 50));
       const timer = setInterval(() => {}, 1000); say("READY");`,
      TERM,
    );
    expect([run.end, run.said, namesIn(run)]).toEqual([0, ["alive"], ["work"]]);
  });

  it.each(["process.once", "process.on"])(
    "comes a second time from whoever cleans up and sends it on, and is waited for then: %s",
    async (listen) => {
      const run = await runBundled(
        `${listen}("SIGTERM", function clean() {
           process.off("SIGTERM", clean);
           say("cleaned"); setTimeout(() => process.kill(process.pid, "SIGTERM"), 20);
         });
         ${toSlow(300)} ${WAIT}`,
        TERM,
      );
      expect([run.end, [...run.said].sort()]).toEqual(["SIGTERM", ["EXPORTING", "cleaned", "delivered 1"]]);
    },
  );

  it("leaves the other signal to us", async () => {
    const run = await runBundled(`process.on("SIGINT", () => say("theirs")); ${toSlow(20)} ${WAIT}`, TERM);
    expect([run.end, run.said]).toEqual(["SIGTERM", ["EXPORTING", "delivered 1"]]);
  });
});

describe("a signal that nobody else listens for", () => {
  it("ends the process at once when it comes again while spans leave", async () => {
    const runs = await Promise.all(
      (["SIGTERM", "SIGINT"] as const).map((second) =>
        runBundled(toHung + WAIT, { signals: { READY: "SIGTERM", EXPORTING: second } }),
      ),
    );
    expect(runs.map(({ end }) => end)).toEqual(["SIGTERM", "SIGTERM"]);
    for (const { millis } of runs) expect(millis < 1_500 ? "at once" : millis).toBe("at once");
  });

  it("takes along what ends while another exporter is waited for", async () => {
    const run = await runBundled(
      `${TO_FILE}
       let isExporting = false;
       telemetry.addProcessor({
         name: "hung", isDefault: true,
         exporter: { export: () => void (isExporting = true), shutdown: async () => {} },
       });
       work(1);
       const timer = setInterval(() => { if (isExporting) { traced("late", () => clearInterval(timer))(); } }, 10);
       say("READY"); setInterval(() => {}, 1000);`,
      TERM,
    );
    expect([run.end, namesIn(run)]).toEqual(["SIGTERM", ["work", "late"]]);
  });

  it("waits for two that have spans to deliver, and lets each say its last word", async () => {
    const run = await runBundled(
      `const depart = (name, millis) => library.flushOnSignals({
         flush: (within) => new Promise((resolve) => setTimeout(() => { say(name, "flushed", within); resolve(); }, millis)),
         finish: () => say(name, "finished"),
       });
       depart("one", 20); depart("two", 120); depart("three", 1)(); ${WAIT}`,
      TERM,
    );
    expect([run.end, run.said]).toEqual([
      "SIGTERM",
      ["one flushed 2000", "two flushed 2000", "one finished", "two finished"],
    ]);
  });

  it("is no signal where a program only emits it", async () => {
    const run = await runBundled(`${TO_FILE} work(1); process.emit("SIGTERM"); setTimeout(() => say("alive"), 20);`);
    expect([run.end, run.said, namesIn(run)]).toEqual([0, ["alive"], ["work"]]);
  });
});

describe("listeners for signals", () => {
  const COUNT = `const count = () => JSON.stringify(
    ["SIGTERM", "SIGINT", "beforeExit", "exit", "removeListener"].map((event) => process.listenerCount(event)));`;

  it("are gone after a shutdown, and do not add up", async () => {
    const run = await runBundled(
      `${COUNT}
       const before = count();
       (async () => {
         const counts = new Set();
         for (let n = 0; n < 20; n++) {
           const telemetry = startTelemetry({ customExporter: { export: (_, done) => done({ code: 0 }), shutdown: async () => {} } });
           counts.add(count());
           await telemetry.shutdown();
           if (count() !== before) say("left", count(), "of", before);
         }
         say(counts.size);
         process.kill(process.pid, "SIGTERM");
       })();
       setInterval(() => {}, 1000);`,
    );
    expect([run.end, run.said, run.stderr]).toEqual(["SIGTERM", ["1"], ""]);
  });

  it("are none in a worker thread, which ends as ever", async () => {
    const run = await runBundled(
      `const { Worker, isMainThread } = require("node:worker_threads");
       if (isMainThread) new Worker(__filename).on("exit", (code) => say("worker", code));
       else {
         ${COUNT} const before = count().slice(0, 4); ${TO_FILE}
         say(before === count().slice(0, 4)); work(1); work(2);
       }`,
    );
    expect([run.end, run.said, namesIn(run)]).toEqual([0, ["true", "worker 0"], ["work", "work"]]);
  });

  it.each([
    [{ nodeOptions: ["--inspect=0"] }, "1,0"],
    [{ env: { NODE_OPTIONS: "--inspect=0" } }, "1,0"],
    [{}, "1,1"],
  ])("leave SIGINT to a debugger: %j", async (options, added) => {
    const source = `${COUNT} const before = JSON.parse(count()); ${TO_FILE} work(1);
      say(JSON.parse(count()).map((n, at) => n - before[at]).slice(0, 2)); ${WAIT}`;
    const run = await runBundled(source, { ...TERM, ...options });
    expect([run.end, run.said, namesIn(run)]).toEqual(["SIGTERM", [added], ["work"]]);
  });
});

describe("in a process of any kind", () => {
  /** What jest's copy of the process has of ours: SIGTERM, SIGINT. */
  const listeners = (): number[] => ["SIGTERM", "SIGINT"].map((signal) => process.listenerCount(signal));
  const isTerminal = jest.spyOn(tty, "isatty");
  const kill = jest.spyOn(process, "kill").mockReturnValue(true);
  const saved = ["platform", "argv", "execArgv", "stdin"].map(
    (key) => [key, Object.getOwnPropertyDescriptor(process, key)] as const,
  );
  const set = (key: string, value: unknown): void =>
    void Object.defineProperty(process, key, { value, configurable: true });
  let leave: () => void = () => {};
  const depart = (flush: () => Promise<void> = async () => {}): void => {
    leave = flushOnSignals({ flush, finish: () => {} });
  };

  /** As Node does it. */
  const arrive = (signal: NodeJS.Signals): void => {
    Reflect.apply(process.emit, process, [signal, signal, constants.signals[signal]]);
  };

  beforeEach(() => isTerminal.mockReturnValue(false));
  afterEach(() => {
    leave();
    kill.mockClear();
    for (const [key, descriptor] of saved) Object.defineProperty(process, key, descriptor ?? {});
    expect(listeners()).toEqual([0, 0]);
  });
  afterAll(() => jest.restoreAllMocks());

  it("listens for both", () => {
    depart();
    expect(listeners()).toEqual([1, 1]);
  });

  it("listens for neither on Windows", () => {
    set("platform", "win32");
    depart();
    expect(listeners()).toEqual([0, 0]);
  });

  it.each([
    ["node", ["node"], [], true, [1, 0]],
    ["node --enable-source-maps", ["node"], ["--enable-source-maps"], true, [1, 0]],
    ["node -i", ["node"], ["-i"], false, [1, 0]],
    ["node --interactive", ["node", "a.js"], ["--interactive"], false, [1, 0]],
    ["node < file", ["node"], [], false, [1, 1]],
    ["node a.js", ["node", "a.js"], [], true, [1, 1]],
    ["node -e code", ["node"], ["-e", "code"], true, [1, 1]],
    ["node -pe code", ["node"], ["-pe", "code"], true, [1, 1]],
    ["node --eval=code", ["node"], ["--eval=code"], true, [1, 1]],
  ])("leaves SIGINT to the REPL: %s", (_line, argv, execArgv, isAtTerminal, expected) => {
    set("argv", argv);
    set("execArgv", execArgv);
    isTerminal.mockReturnValue(isAtTerminal);
    depart();
    expect(listeners()).toEqual(expected);
  });

  it.each([true, false])("leaves the raw mode of a terminal before the end: %s", async (isRaw) => {
    const calls: unknown[] = [];
    isTerminal.mockReturnValue(true);
    set("stdin", { isRaw, setRawMode: (mode: boolean) => calls.push(mode) });
    kill.mockImplementation((_pid, signal) => {
      calls.push(signal);
      return true;
    });
    depart();
    arrive("SIGTERM");
    await new Promise(setImmediate);
    expect(calls).toEqual(isRaw ? [false, "SIGTERM"] : ["SIGTERM"]);
  });

  it("ends all the same where the terminal is gone", async () => {
    isTerminal.mockImplementation(() => {
      throw new Error("EIO");
    });
    set("argv", ["node", "a.js"]);
    depart();
    arrive("SIGINT");
    await new Promise(setImmediate);
    expect(kill.mock.calls).toEqual([[process.pid, "SIGINT"]]);
  });

  it("sends the signal on once, whatever comes meanwhile, and takes its listeners away first", async () => {
    const seen: number[][] = [];
    kill.mockImplementation(() => {
      seen.push(listeners());
      return true;
    });
    let flushed = (): void => {};
    depart(() => new Promise((resolve) => (flushed = resolve)));
    arrive("SIGTERM");
    await new Promise(setImmediate);
    expect(seen).toEqual([]);
    arrive("SIGINT");
    flushed();
    await new Promise(setImmediate);
    expect([seen, kill.mock.calls]).toEqual([[[0, 0]], [[process.pid, "SIGTERM"]]]);
  });

  it("listens again after a process that lived on", () => {
    depart();
    arrive("SIGTERM");
    arrive("SIGTERM");
    expect([kill.mock.calls.length, listeners()]).toEqual([1, [0, 0]]);
    leave();
    depart();
    expect(listeners()).toEqual([1, 1]);
  });
});

/** Where npm has put this major version of a package that others depend on. */
function pathOf(name: string, major: number): string {
  const { packages } = createRequire(join(ROOT, "package.json"))("./package-lock.json") as {
    packages: Record<string, { version: string }>;
  };
  const found = Object.entries(packages).find(
    ([path, { version }]) => path.endsWith(`node_modules/${name}`) && version.startsWith(`${String(major)}.`),
  );
  if (found === undefined) throw new Error(`no ${name} ${String(major)} is installed`);
  return join(ROOT, found[0]);
}

describe("listeners that wait for everybody else to be gone", () => {
  const load = (major: number): string =>
    `{ const loaded = require(${JSON.stringify(pathOf("signal-exit", major))});
       (loaded.onExit ?? loaded)((code, signal) => say("signal-exit ${String(major)}", code, signal)); }`;

  it.each([[[3]], [[4]], [[3, 4]], [[4, 3]]])("are no reason to live on: signal-exit %j", async (majors) => {
    const theirs = majors.map(load).join("");
    const runs = await Promise.all([
      runBundled(theirs + toSlow(50) + WAIT, TERM),
      runBundled(toSlow(50) + theirs + WAIT, TERM),
      runBundled(theirs + toSlow(50) + WAIT, { signals: { READY: "SIGINT" } }),
    ]);
    const expected = (signal: string): unknown => [
      signal,
      ["EXPORTING", "delivered 1", ...[...majors].sort().map((major) => `signal-exit ${String(major)} null ${signal}`)],
    ];
    const told = runs.map(({ end, said }) => [end, [...said.slice(0, 2), ...said.slice(2).sort()]]);
    expect(told).toEqual([expected("SIGTERM"), expected("SIGTERM"), expected("SIGINT")]);
  });

  it.each([3, 4])("do not hide the user's own listener: signal-exit %i", async (major) => {
    const listen = 'process.on("SIGTERM", () => { say("theirs"); setTimeout(() => process.exit(4), 200); });';
    const run = await runBundled(load(major) + listen + toSlow(20) + WAIT, TERM);
    const told = ["theirs", "EXPORTING", "delivered 1", `signal-exit ${String(major)} 4 null`];
    expect([run.end, run.said]).toEqual([4, told]);
  });

  it("include those of tsx", async () => {
    const tsx = join(dirname(require.resolve("tsx/package.json")), "dist/cli.mjs");
    const run = await runBundled(toSlow(50) + WAIT, { ...TERM, nodeOptions: [tsx] });
    expect([run.end, run.said]).toEqual([143, ["EXPORTING", "delivered 1"]]);
  });
});
