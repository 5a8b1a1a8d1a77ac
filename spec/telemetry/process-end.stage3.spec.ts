import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { readTraceFile } from "../journeys/trace-file.js";
import { type BundledOptions, type BundledRun, foreignLines, runBundled } from "./bundled-program.js";

const FILE = "out.jsonl";
const countOf = ({ folder }: BundledRun): number => {
  const path = join(folder, FILE);
  return existsSync(path) ? readTraceFile(path).length : 0;
};

/** Programs begin with one of these; no export starts by itself before the process ends. */
const start = (options: string): string => `
const telemetry = startTelemetry({
  autoFlush: "off",
  isExitHandled: process.env.EXIT_HANDLED !== "no",
  ${options}
});
const work = traced("work", (n) => n);
const burst = (count) => { for (let n = 0; n < count; n++) work(n); };
`;
const INTO_A_FILE = `customExporter: new FileSpanExporter({ path: "${FILE}" }),`;
const STARTED = start(INTO_A_FILE);
const LEFT_ALONE: BundledOptions = { env: { EXIT_HANDLED: "no" } };

/** Names of spans that came, by the id of the program that sent them. */
const received = new Map<string, number>();
const server = createServer((request, response) => {
  const id = request.url ?? "";
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    received.set(id, (received.get(id) ?? 0) + (JSON.parse(body) as string[]).length);
    response.end();
  });
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

const SLOW = `customExporter: {
  export: (spans, done) => void setTimeout(() => { say("delivered", spans.length); done({ code: 0 }); }, 50),
  shutdown: async () => {},
},`;
const POST = `customExporter: {
  export(spans, done) {
    const request = require("node:http").request(process.env.URL, { method: "POST", agent: false }, (response) => {
      response.resume().on("end", () => done({ code: response.statusCode === 200 ? 0 : 1 }));
    });
    request.on("error", (error) => done({ code: 1, error })).end(JSON.stringify(spans.map(({ name }) => name)));
  },
  shutdown: async () => {},
},`;
const EXPORTERS: readonly [string, string, boolean][] = [
  ["the file", INTO_A_FILE, true],
  ["the file, unbatched", `${INTO_A_FILE} isBatchingEnabled: false,`, true],
  ["an exporter that answers after 50 ms", SLOW, false],
  ["an exporter that posts to a server", POST, false],
];

const WAIT = 'setInterval(() => {}, 1000); say("READY");';
/** By name: the source, how the process ends, the code its exit listeners see, and whether there is time to wait. */
const ENDS: readonly [string, string, number | NodeJS.Signals, number | undefined, boolean][] = [
  ["naturally", "", 0, 0, true],
  ["by process.exit", "process.exit(7);", 7, 7, false],
  ["by an uncaught exception", 'throw new Error("uncaught");', 1, 1, false],
  ["by an unhandled rejection", 'void Promise.reject(new Error("unhandled"));', 1, 1, false],
  ["by SIGTERM", WAIT, "SIGTERM", undefined, true],
  ["by SIGINT", WAIT, "SIGINT", undefined, true],
];

describe("the end of the process", () => {
  it.each(EXPORTERS)(
    "delivers to %s what there is time for, and stays the end it was",
    async (name, options, isAtOnce) => {
      const runs = ENDS.map(async ([how, source, end]) => {
        const id = `/${encodeURIComponent(`${name} ${how}`)}`;
        const run = await runBundled(
          `process.on("exit", (code) => say("first", code)); ${start(options)}
         process.on("exit", (code) => say("last", code)); burst(3); ${source}`,
          {
            env: { URL: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}${id}` },
            ...(typeof end === "string" && { signals: { READY: end } }),
          },
        );
        const delivered = countOf(run) + (received.get(id) ?? 0) + (run.said.includes("delivered 3") ? 3 : 0);
        const exits = run.said.filter((line) => line !== "delivered 3");
        return [how, run.end, exits, delivered];
      });
      expect(await Promise.all(runs)).toEqual(
        ENDS.map(([how, , end, code, isWaiting]) => [
          how,
          end,
          code === undefined ? [] : [`first ${String(code)}`, `last ${String(code)}`],
          isAtOnce || isWaiting ? 3 : 0,
        ]),
      );
    },
  );

  it.each<[string, string, number]>([
    ["a natural end of thousands of spans", "burst(3000);", 0],
    ["process.exit after thousands of spans in one turn", "burst(3000); process.exit(7);", 7],
    ["process.exit in a later turn", "burst(3); setTimeout(() => process.exit(), 5); process.exitCode = 4;", 4],
    ["an exit in the last listener", 'burst(3); process.on("beforeExit", () => { burst(2); process.exit(5); });', 5],
  ])("loses nothing of a file processor, and keeps the exit code: %s", async (_what, source, code) => {
    const run = await runBundled(STARTED + source);
    const expected = source.includes("3000") ? 3000 : source.includes("burst(2)") ? 5 : 3;
    expect([run.end, countOf(run)]).toEqual([code, expected]);
  });

  it("is the same crash, with the same words, as without us, whatever Node is told to do with rejections", async () => {
    const programs: readonly [string, string, string[]][] = [
      ["an exception", 'burst(3); throw new Error("uncaught");', []],
      [
        "an exception that is caught",
        'process.on("uncaughtException", (e) => say(e.message)); burst(3); throw Error("x");',
        [],
      ],
      [
        "a rejection that is taken",
        'process.on("unhandledRejection", (e) => say(e)); burst(3); Promise.reject(1);',
        [],
      ],
      ["no answer for ever", "burst(3); import('data:text/javascript,await new Promise(() => {})');", []],
      ...["strict", "warn", "none", "throw", "warn-with-error-code"].map((mode): [string, string, string[]] => [
        `a rejection, ${mode}`,
        'burst(3); void Promise.reject(new Error("unhandled"));',
        [`--unhandled-rejections=${mode}`],
      ]),
    ];
    const tell = (run: BundledRun): unknown => ({
      end: run.end,
      said: run.said,
      stderr: foreignLines(run)
        .replaceAll(run.folder, ".")
        .replace(/\(node:\d+\)/g, "(node)"),
    });
    await Promise.all(
      programs.map(async ([what, source, nodeOptions]) => {
        const [ours, alone] = await Promise.all([
          runBundled(STARTED + source, { nodeOptions }),
          runBundled(STARTED + source, { nodeOptions, ...LEFT_ALONE }),
        ]);
        expect([what, tell(ours), countOf(ours), countOf(alone)]).toEqual([what, tell(alone), 3, 0]);
      }),
    );
  });

  it("leaves spans of work that a beforeExit listener of the application starts to the exit that follows", async () => {
    const run = await runBundled(
      `${STARTED} burst(1); process.once("beforeExit", () => setTimeout(() => burst(2), 5));`,
    );
    expect([run.end, countOf(run)]).toEqual([0, 3]);
  });

  it("waits again for an exporter that has answered in time, when the application has gone on working", async () => {
    const run = await runBundled(
      `${start(SLOW)} burst(1); process.once("beforeExit", () => setTimeout(() => burst(2), 100));`,
    );
    expect([run.end, run.said]).toEqual([0, ["delivered 1", "delivered 2"]]);
  });

  it("is left alone with isExitHandled: false", async () => {
    const [natural, signalled] = await Promise.all([
      runBundled(`${STARTED} burst(3);`, LEFT_ALONE),
      runBundled(`${STARTED} burst(3); ${WAIT}`, { ...LEFT_ALONE, signals: { READY: "SIGTERM" } }),
    ]);
    expect([natural.end, countOf(natural), signalled.end, countOf(signalled)]).toEqual([0, 0, "SIGTERM", 0]);
  });

  it("waits no longer than 2 s for an exporter that hangs", async () => {
    const hung = start("customExporter: { export: () => {}, shutdown: async () => {} },");
    const runs = await Promise.all([
      runBundled(`${hung} burst(1); process.on("exit", () => say(telemetry.status().processors[0].inFlight));`),
      runBundled(`${hung} burst(1); ${WAIT}`, { signals: { READY: "SIGTERM" } }),
    ]);
    expect(runs.map(({ end, said }) => [end, said])).toEqual([
      [0, ["1"]],
      ["SIGTERM", []],
    ]);
    for (const { millis } of runs) expect(millis > 1_500 && millis < 6_000 ? "2 s" : millis).toBe("2 s");
  });
});

describe("a destination that is busy for a moment", () => {
  const BUSY = start(`customExporter: {
    calls: 0,
    export(spans, done) {
      if (this.calls++ === 0) return done({ code: 1, error: new Error("busy"), retryAfterMillis: 300 });
      say("delivered", spans.length);
      done({ code: 0 });
    },
    shutdown: async () => {},
  },`);

  it.each<[string, string, BundledOptions, number | NodeJS.Signals]>([
    ["the natural end", "burst(3);", {}, 0],
    ["SIGTERM", 'burst(3); setInterval(() => {}, 1000); say("READY");', { signals: { READY: "SIGTERM" } }, "SIGTERM"],
  ])("is asked again within the two seconds of %s", async (_end, program, options, end) => {
    const run = await runBundled(BUSY + program, options);
    expect(run).toMatchObject({ end, said: ["delivered 3"] });
  });
});
