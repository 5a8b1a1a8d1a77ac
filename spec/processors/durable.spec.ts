import fs from "node:fs";
import { join, relative } from "node:path";

import { SpanKind, TraceFlags } from "@opentelemetry/api";
import fc from "fast-check";

import { InvalidOptionError } from "../../lib/errors.js";
import { resetLog, setLogLevel } from "../../lib/internal/index.js";
import { encodeTracesData } from "../../lib/otlp/index.js";
import type { ReadableSpan } from "../../lib/otlp/index.js";
import type { DurableOptions, ProcessorOptions, SpanRouterOptions } from "../../lib/processors/index.js";
import { createRedactor } from "../../lib/redaction/index.js";
import { anySpan } from "../otlp/arbitrary-span.js";
import { makeSpan, spanId, TRACE_ID } from "../otlp/make-span.js";
import { CANARIES } from "../redaction/canaries.js";
import {
  fileNames,
  killOwners,
  listFiles,
  listFolders,
  makeDeadFolder,
  makeFolder,
  removeFolders,
  systemError,
} from "../spool/spool-folder.js";
import { FakeExporter, fakeClock, imbalance, inTurn, realClock, rig, succeed, unavailable, watch } from "./fakes.js";
import type { Behaviour, Rig } from "./fakes.js";

let dir: string;
beforeEach(() => {
  fakeClock();
  dir = makeFolder();
});
afterEach(() => {
  realClock();
  removeFolders();
});

const SECOND = 1_000;
const later = (millis: number): Promise<void> => jest.advanceTimersByTimeAsync(millis);
const settle = (): Promise<void> => later(5);

const fail: Behaviour = (answer) => answer({ code: 1, error: new Error("boom") });
const hang: Behaviour = () => undefined;

interface Line extends Rig {
  readonly exporter: FakeExporter;
}

function line(
  exporter: FakeExporter = new FakeExporter(),
  { durable, ...options }: Partial<Omit<ProcessorOptions, "durable">> & { readonly durable?: DurableOptions } = {},
  routing: SpanRouterOptions = {},
): Line {
  const parts = rig(routing);
  parts.router.addProcessor({ name: "default", exporter, ...options, durable: { dir, ...durable } });
  return { ...parts, exporter };
}

/** Names of the spans on disk, delivered ones of files that are in use still included. */
function onDisk(): string[] {
  return listFiles(dir, ".jsonl").flatMap((path) =>
    fs
      .readFileSync(path, "utf8")
      .split("\n")
      .filter((record) => record !== "")
      .map((record) => (JSON.parse(record) as Record).resourceSpans[0].scopeSpans[0].spans[0].name),
  );
}

interface Record {
  readonly resourceSpans: [{ readonly scopeSpans: [{ readonly spans: [{ readonly name: string }] }] }];
}

/** As a crash of this process would: nothing was closed, and all is free to be taken over. */
function crash(): Promise<void> {
  killOwners(dir);
  return Promise.resolve();
}

async function flush({ router }: Rig): Promise<void> {
  const flushed = watch(router.forceFlush());
  await later(50);
  expect(flushed.isDone).toBe(true);
}

function record(name: string): string {
  return `${encodeTracesData([makeSpan({ name })]).text}\n`;
}

describe("a span of a durable processor", () => {
  it("is on disk when its end returns, and nothing is exported then", () => {
    const { end, ledger, exporter } = line();
    for (const name of ["a", "b", "c"]) {
      end(name);
      expect(onDisk().at(-1)).toBe(name);
    }
    expect(exporter.calls).toEqual([]);
    expect(ledger("default")).toMatchObject({ ended: 3, recovered: 0, queued: 3 });
  });

  it("is readable by nobody else there", () => {
    line().end("a");
    const modes = listFiles(dir).map((path) => fs.statSync(path).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o600]));
    for (const folder of listFolders(dir)) expect(fs.statSync(join(dir, folder)).mode & 0o777).toBe(0o700);
  });

  it("is on disk although the filter has refused others, and they are not", () => {
    const { end, ledger } = line(undefined, { filter: ({ name }) => name === "a" });
    for (const name of ["a", "b"]) end(name);
    expect(onDisk()).toEqual(["a"]);
    expect(ledger("default")).toMatchObject({ ended: 2, filtered: 1, queued: 1 });
  });

  it("stays there while it is in flight, and until it is delivered", async () => {
    const { end, ledger, exporter } = line(FakeExporter.held());
    end("a");
    await later(SECOND);
    expect(exporter.names).toEqual(["a"]);
    expect(onDisk()).toEqual(["a"]);
    expect(ledger("default")).toMatchObject({ queued: 0, inFlight: 1 });
    exporter.answer();
    expect(ledger("default")).toMatchObject({ inFlight: 0, exported: 1 });
  });

  it("is exported while it ends where spans are not batched, from the disk all the same", () => {
    const { end, ledger, exporter } = line(undefined, { isBatchingEnabled: false });
    end("a");
    end("b");
    expect(exporter.batches).toEqual([["a"], ["b"]]);
    expect(ledger("default")).toMatchObject({ exported: 2 });
  });

  it("is exported at the end of the process", () => {
    const { end, router, exporter } = line(undefined, { queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c"]) end(name);
    router.exportAtOnce();
    expect(exporter.batches).toEqual([["a", "b"], ["c"]]);
  });

  it("is exported when a batch is full or its delay is over, with up to maxBatchSpans others", async () => {
    const { end, exporter } = line(undefined, { queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c"]) end(name);
    await settle();
    expect(exporter.batches).toEqual([["a", "b"]]);
    await later(SECOND);
    expect(exporter.batches).toEqual([["a", "b"], ["c"]]);
  });

  it("keeps batches below their size in bytes", async () => {
    const parts = line(undefined, { queue: { maxBatchBytes: 10_000 } });
    for (const name of ["a", "b", "c"]) parts.end(name, { attributes: { text: "x".repeat(4_000) } });
    await flush(parts);
    expect(parts.exporter.batches).toEqual([["a", "b"], ["c"]]);
  });

  it("that is larger than any record waits in memory, and is delivered", async () => {
    const parts = line();
    parts.end("huge", { attributes: { text: "x".repeat(17_000_000) } });
    parts.end("a");
    expect(onDisk()).toEqual(["a"]);
    await flush(parts);
    expect([...parts.exporter.names].sort()).toEqual(["a", "huge"]);
  });

  it("leaves nothing on disk when all are delivered and the processor is closed", async () => {
    const parts = line(undefined, { queue: { maxBatchSpans: 3 } });
    for (let index = 0; index < 10; index++) parts.end("a");
    await Promise.all([parts.router.shutdown(), settle()]);
    expect(parts.ledger("default")).toMatchObject({ exported: 10, queued: 0, dropped: {} });
    expect(listFolders(dir)).toEqual([]);
  });
});

describe("what is exported from disk", () => {
  it("is the span that ended, field by field", async () => {
    const parts = line();
    const span = makeSpan({
      name: "handle",
      kind: SpanKind.SERVER,
      status: { code: 2, message: "no" },
      parent: 7,
      isParentRemote: true,
      traceState: "vendor=1",
      from: 5,
      to: 900,
      attributes: { text: "t", list: ["a", "b"], count: 3, ratio: 0.5, is: true },
      events: [{ name: "exception", time: [1, 2], attributes: { "exception.type": "E" }, droppedAttributesCount: 1 }],
      links: [{ context: { traceId: TRACE_ID, spanId: spanId(9), traceFlags: 1 }, attributes: { to: "x" } }],
      droppedAttributesCount: 1,
      droppedEventsCount: 2,
      droppedLinksCount: 3,
    });
    parts.router.onEnd(span);
    await flush(parts);
    const [delivered] = parts.exporter.spans;
    const { spanContext, ...fields } = span;
    expect(delivered).toMatchObject({
      ...fields,
      links: [{ context: { traceId: TRACE_ID, spanId: spanId(9), traceFlags: 1 }, attributes: { to: "x" } }],
    });
    expect(delivered?.spanContext()).toMatchObject({ ...spanContext(), traceState: expect.anything() as unknown });
    expect(delivered?.spanContext().traceState?.serialize()).toBe("vendor=1");
  });

  it("gives the same OTLP as what ended, whatever that was", async () => {
    const parts = line();
    const sampled = (span: ReadableSpan): ReadableSpan => {
      const context = { ...span.spanContext(), traceFlags: span.spanContext().traceFlags | TraceFlags.SAMPLED };
      return Object.defineProperties({} as ReadableSpan, {
        ...Object.getOwnPropertyDescriptors(span),
        spanContext: { value: () => context, enumerable: true },
      });
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySpan.filter(hasParentOrNone).map(sampled), { minLength: 1, maxLength: 5 }),
        async (spans) => {
          const before = parts.exporter.spans.length;
          for (const span of spans) parts.router.onEnd(span);
          await flush(parts);
          const texts = (these: readonly ReadableSpan[]): unknown[] =>
            these.flatMap((span) => {
              const { text, encoded } = encodeTracesData([span]);
              return encoded === 1 ? [knownKind(text)] : [];
            });
          expect(texts(parts.exporter.spans.slice(before))).toEqual(texts(spans));
          expect(imbalance(parts.ledger("default"))).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
    expect(parts.ledger("default")).toMatchObject({ queued: 0, inFlight: 0, dropped: {} });
  }, 60_000);
});

/** A parent that has no valid id is none, whatever else is said of it. */
function hasParentOrNone({ parentSpanContext }: ReadableSpan): boolean {
  return parentSpanContext === undefined || /^(?!0+$)[0-9a-f]{16}$/.test(parentSpanContext.spanId);
}

/** OTLP reads an unspecified kind as internal, and so do we. */
function knownKind(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => (key === "kind" && value === 0 ? 1 : value)) as unknown;
}

describe("secrets", () => {
  const redactor = createRedactor(true);
  const redact = (span: ReadableSpan): ReadableSpan => redactor.redactSpan(span);

  it("never reach the disk: not in a name, an attribute, an event or a status, waiting, put off or left behind", async () => {
    const parts = line(new FakeExporter(unavailable()), { queue: { maxBatchSpans: 10 } }, { redact });
    const secrets = CANARIES.map(({ secret }) => secret);
    const audit = (): void => {
      for (const path of listFiles(dir)) {
        const bytes = fs.readFileSync(path, "latin1");
        expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
      }
    };
    for (const { text } of CANARIES) {
      parts.router.onEnd(
        makeSpan({
          name: `call ${text}`,
          status: { code: 2, message: `failed: ${text}` },
          attributes: { text, password: "hunter2-hunter2" },
          events: [{ name: "log", time: [1, 2], attributes: { body: text } }],
        }),
      );
      audit();
    }
    expect(onDisk()).toHaveLength(CANARIES.length);
    await later(5 * SECOND);
    audit();
    await Promise.all([parts.router.shutdown(), later(10 * SECOND)]);
    audit();
    expect(onDisk()).toHaveLength(CANARIES.length);
    expect(fs.readFileSync(listFiles(dir, ".jsonl")[0] ?? "", "latin1")).not.toContain("hunter2");
  });

  it("are looked for once, on the caller's path, before anything is written", async () => {
    const seen: string[] = [];
    const hide = (span: ReadableSpan): ReadableSpan => {
      seen.push(`${span.name} ${onDisk().length}`);
      return { ...span, name: "hidden", spanContext: () => span.spanContext() };
    };
    const parts = line(new FakeExporter(inTurn(fail, fail)), {}, { redact: hide });
    for (const name of ["a", "b"]) parts.end(name);
    expect(seen).toEqual(["a 0", "b 1"]);
    expect(onDisk()).toEqual(["hidden", "hidden"]);
    await later(3 * SECOND);
    expect(parts.ledger("default").exported).toBe(2);
    expect(parts.exporter.batches.at(-1)).toEqual(["hidden", "hidden"]);
    expect(seen).toHaveLength(2);
  });

  it("that cannot be looked for cost the span: it is counted, and is nowhere", async () => {
    const refuse = (span: ReadableSpan): ReadableSpan => {
      if (span.name === "broken") throw new Error("no");
      return span;
    };
    const parts = line(undefined, {}, { redact: refuse });
    for (const name of ["a", "broken"]) parts.end(name);
    expect(onDisk()).toEqual(["a"]);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ ended: 2, exported: 1, dropped: { redaction_failed: 1 } });
    expect(parts.said).toEqual([expect.stringContaining("SPANDREL_REDACTION_FAILED")]);
  });
});

describe("an export of a durable processor", () => {
  const queue = { maxBatchSpans: 2, exportTimeoutMillis: SECOND };
  const refuse: Behaviour = (answer, spans) => answer({ code: 1, rejected: spans.length });
  const throws: Behaviour = () => {
    throw new Error("boom");
  };

  it.each<[string, Behaviour]>([
    ["fails", fail],
    ["fails and may be repeated", unavailable()],
    ["throws", throws],
    ["rejects", () => Promise.reject(new Error("boom"))],
    ["is not answered in time", hang],
    ["is answered with nothing", (answer) => answer(undefined as never)],
  ])("that %s keeps its spans on disk, and they go again, before all others", async (_how, behave) => {
    const down = (answer: never, spans: ReadableSpan[], call: number): unknown =>
      (isUp ? succeed : behave)(answer, spans, call);
    let isUp = false;
    const parts = line(new FakeExporter(down as Behaviour), { queue });
    for (const name of ["a", "b", "c"]) parts.end(name);
    await later(5 * SECOND);
    expect(onDisk()).toEqual(["a", "b", "c"]);
    expect(parts.ledger("default")).toMatchObject({ exported: 0, rejected: 0, dropped: {} });
    expect(imbalance(parts.ledger("default"))).toBe(0);
    isUp = true;
    const before = parts.exporter.batches.length;
    await later(30 * SECOND);
    expect(parts.exporter.batches.slice(before)).toEqual([["a", "b"], ["c"]]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, inFlight: 0, exported: 3, dropped: {} });
  });

  it("that is refused for good settles its spans", async () => {
    const parts = line(new FakeExporter(refuse), { queue });
    for (const name of ["a", "b", "c"]) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 0, rejected: 3, dropped: {} });
    await Promise.all([parts.router.shutdown(), settle()]);
    expect(listFolders(dir)).toEqual([]);
  });

  it("waits as long as the destination asks, and takes no room in memory meanwhile", async () => {
    const parts = line(new FakeExporter(inTurn(unavailable(60 * SECOND))), { queue: { ...queue, maxSpans: 2 } });
    for (let index = 0; index < 50; index++) parts.end(`${index}`);
    await later(59 * SECOND);
    expect(parts.exporter.batches).toHaveLength(1);
    expect(parts.ledger("default")).toMatchObject({ queued: 50, dropped: {} });
    await later(2 * SECOND);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 50, dropped: {} });
    expect(parts.exporter.names.slice(2)).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
  });
});

describe("spans that an earlier process has left", () => {
  it("are there at once, count as recovered and ended, and are delivered without a span to start it", async () => {
    const first = line(FakeExporter.held());
    for (const name of ["a", "b", "c"]) first.end(name);
    await crash();
    setLogLevel("info");
    const next = line(undefined, { queue: { maxBatchSpans: 2 } });
    setLogLevel("warn");
    expect(next.said).toEqual([expect.stringMatching(/SPOOL_RECOVERED: processor "default" has found 3 spans/)]);
    expect(next.ledger("default")).toMatchObject({ ended: 3, recovered: 3, filtered: 0, queued: 3 });
    await later(SECOND + 5);
    expect(next.exporter.batches).toEqual([["a", "b"], ["c"]]);
    expect(next.ledger("default")).toMatchObject({ ended: 3, recovered: 3, queued: 0, exported: 3, dropped: {} });
    expect(imbalance(next.ledger("default"))).toBe(0);
  });

  it("go before those that end now, and are flushed with them", async () => {
    const first = line(FakeExporter.held());
    for (const name of ["a", "b"]) first.end(name);
    await crash();
    const next = line();
    next.end("c");
    await flush(next);
    expect(next.exporter.names).toEqual(["a", "b", "c"]);
    expect(next.ledger("default")).toMatchObject({ ended: 3, recovered: 2, exported: 3 });
  });

  it("are those only that it has not delivered", async () => {
    const first = line(FakeExporter.held(), { queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c", "d", "e"]) first.end(name);
    void first.router.forceFlush();
    await settle();
    first.exporter.answer();
    await settle();
    expect(first.ledger("default")).toMatchObject({ exported: 2, inFlight: 2, queued: 1 });
    await crash();
    const next = line();
    expect(next.ledger("default")).toMatchObject({ recovered: 3, queued: 3 });
    await flush(next);
    expect(next.exporter.names).toEqual(["c", "d", "e"]);
  });

  it("are all it had while its exporter was down, in their order, after any number of starts", async () => {
    for (const name of ["a", "b", "c"]) {
      const parts = line(new FakeExporter(fail));
      parts.end(name);
      await later(3 * SECOND);
      await crash();
    }
    const last = line();
    await flush(last);
    expect(last.exporter.names).toEqual(["a", "b", "c"]);
    expect(last.ledger("default")).toMatchObject({ ended: 3, recovered: 3, exported: 3, dropped: {} });
    await Promise.all([last.router.shutdown(), settle()]);
    expect(listFolders(dir)).toEqual([]);
  });

  it("start no timer and no ledger entry where there are none", () => {
    const { ledger } = line();
    expect(jest.getTimerCount()).toBe(0);
    expect(ledger("default")).toMatchObject({ ended: 0, recovered: 0, queued: 0 });
    expect(listFolders(dir)).toEqual([]);
  });
});

describe("a damaged spool", () => {
  it("gives what is whole, counts records that are no spans, and leaves files alone that are not its own", async () => {
    const torn = record("torn").slice(0, 40);
    makeDeadFolder(dir, {
      "00000001.jsonl": `${record("a")}{"resourceSpans":[]}\nnot json\n${record("b")}\0\0\n${torn}`,
      "notes.txt": "mine",
    });
    fs.writeFileSync(join(dir, "somebody"), "else");
    const parts = line();
    expect(parts.said).toEqual([
      expect.stringMatching(/SPOOL_FOREIGN: .*"default" holds 2 files that are not ours or cannot be read/),
    ]);
    expect(parts.ledger("default")).toMatchObject({ ended: 4, recovered: 4, queued: 4 });
    await flush(parts);
    expect(parts.exporter.names).toEqual(["a", "b"]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 2, dropped: { spool_damaged: 2 } });
    expect(imbalance(parts.ledger("default"))).toBe(0);
    await Promise.all([parts.router.shutdown(), settle()]);
    expect(fileNames(dir)).toEqual(expect.arrayContaining(["notes.txt", "somebody"]));
    expect(listFiles(dir, ".jsonl")).toEqual([]);
  });

  it("of nothing but garbage is emptied and counted, and a flush ends", async () => {
    makeDeadFolder(dir, { "00000001.jsonl": "1\n2\n3\n" });
    const parts = line(undefined, { queue: { maxBatchSpans: 1 } });
    await flush(parts);
    expect(parts.exporter.calls).toEqual(["forceFlush"]);
    expect(parts.ledger("default")).toMatchObject({ ended: 3, queued: 0, dropped: { spool_damaged: 3 } });
  });

  it("counts a damaged record once, however often its batch goes again, and not before the batch is settled", async () => {
    makeDeadFolder(dir, { "00000001.jsonl": `${record("a")}garbage\n${record("b")}` });
    const parts = line(new FakeExporter(inTurn(fail, fail)));
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 3, inFlight: 0, dropped: {} });
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 3, dropped: {} });
    await later(SECOND);
    expect(parts.exporter.batches).toEqual(Array(3).fill(["a", "b"]));
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 2, dropped: { spool_damaged: 1 } });
    expect(imbalance(parts.ledger("default"))).toBe(0);
  });

  it("whose folder was deleted counts what was in it, says so, and goes on in a new one", async () => {
    const parts = line();
    for (const name of ["a", "b"]) parts.end(name);
    fs.rmSync(dir, { recursive: true });
    await later(1);
    parts.end("c");
    expect(onDisk()).toEqual(["c"]);
    await flush(parts);
    expect(parts.exporter.names).toEqual(["c"]);
    expect(parts.ledger("default")).toMatchObject({
      ended: 3,
      queued: 0,
      exported: 1,
      dropped: { spool_damaged: 2 },
    });
    expect(parts.said).toEqual([
      expect.stringMatching(/SPOOL_DAMAGED: 2 spans of processor "default" were in its spool and are there no more/),
    ]);
  });

  it("whose folder was deleted with nothing after it makes no flush and no shutdown wait", async () => {
    const parts = line();
    for (const name of ["a", "b"]) parts.end(name);
    fs.rmSync(dir, { recursive: true });
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, dropped: { spool_damaged: 2 } });
    parts.end("c");
    fs.rmSync(dir, { recursive: true });
    const closed = watch(parts.router.shutdown());
    await settle();
    expect(closed.isDone).toBe(true);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, dropped: { spool_damaged: 3 } });
  });

  it("whose folder was deleted while a batch was in flight delivers that batch, and puts it off as lost", async () => {
    const parts = line(FakeExporter.held());
    parts.end("a");
    void parts.router.forceFlush();
    fs.rmSync(dir, { recursive: true });
    parts.exporter.answer();
    expect(parts.ledger("default")).toMatchObject({ exported: 1, dropped: {} });
    parts.end("b");
    void parts.router.forceFlush();
    fs.rmSync(dir, { recursive: true });
    parts.exporter.answer(1);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, dropped: {} });
    await later(SECOND);
    expect(parts.ledger("default")).toMatchObject({
      queued: 0,
      inFlight: 0,
      exported: 1,
      dropped: { spool_damaged: 1 },
    });
    expect(imbalance(parts.ledger("default"))).toBe(0);
  });

  it("that cannot be read for a while makes nobody wait, loses nothing and is tried again", async () => {
    const parts = line();
    parts.end("a");
    const [path] = listFiles(dir, ".jsonl");
    if (path === undefined) throw new Error("nothing is on disk");
    fs.renameSync(path, `${path}.aside`);
    fs.mkdirSync(path);
    await flush(parts);
    await later(5 * SECOND);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, inFlight: 0, dropped: {} });
    fs.rmdirSync(path);
    fs.renameSync(`${path}.aside`, path);
    await later(SECOND + 5);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 1 });
  });

  it("that cannot be read to the end of a shutdown is left as it is", async () => {
    const parts = line();
    parts.end("a");
    const [path] = listFiles(dir, ".jsonl");
    if (path === undefined) throw new Error("nothing is on disk");
    fs.renameSync(path, `${path}.aside`);
    fs.mkdirSync(path);
    const closed = watch(parts.router.shutdown());
    await settle();
    expect(closed.isDone).toBe(true);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, dropped: {} });
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("a spool that takes no more", () => {
  it("leaves spans to memory when it is full, says so once, and memory is served first", async () => {
    const room = 3 * Buffer.byteLength(record("a"));
    const parts = line(FakeExporter.held(), { durable: { maxBytes: room }, queue: { maxSpans: 3 } });
    const span = (name: string): void => parts.router.onEnd(makeSpan({ name }));
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) span(name);
    expect(onDisk()).toEqual(["a", "b", "c"]);
    expect(parts.ledger("default")).toMatchObject({ ended: 7, queued: 6, dropped: { queue_full: 1 } });
    expect(parts.said).toEqual([
      expect.stringMatching(/SPOOL_REFUSED: .*"default" takes no more spans: it is full \(durable\.maxBytes\)/),
    ]);
    void parts.router.forceFlush();
    await settle();
    parts.exporter.answer();
    await settle();
    expect(parts.exporter.batches).toEqual([
      ["d", "e", "f"],
      ["a", "b", "c"],
    ]);
    parts.exporter.answer();
    await settle();
    span("h");
    expect(onDisk()).toEqual(["h"]);
    expect(imbalance(parts.ledger("default"))).toBe(0);
  });

  it("leaves spans to memory when the disk is, and takes them again when it is not", async () => {
    const parts = line(FakeExporter.held());
    parts.end("a");
    const full = jest.spyOn(fs, "writeSync").mockImplementation(() => {
      throw systemError("ENOSPC");
    });
    for (const name of ["b", "c"]) parts.end(name);
    full.mockRestore();
    parts.end("d");
    expect(onDisk()).toEqual(["a", "d"]);
    expect(parts.ledger("default")).toMatchObject({ ended: 4, queued: 4, dropped: {} });
    expect(parts.said).toEqual(
      expect.arrayContaining([expect.stringMatching(/SPOOL_REFUSED: .*: the disk does not take them/)]),
    );
    void parts.router.forceFlush();
    for (let batch = 0; batch < 2; batch++) {
      await settle();
      parts.exporter.answer();
    }
    expect([...parts.exporter.names].sort()).toEqual(["a", "b", "c", "d"]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 4 });
  });

  it("works in memory where its folder cannot be made at all, redacted as everywhere", async () => {
    fs.writeFileSync(join(dir, "file"), "");
    const redact = (span: ReadableSpan): ReadableSpan => ({
      ...span,
      name: "hidden",
      spanContext: () => span.spanContext(),
    });
    const parts = line(new FakeExporter(inTurn(fail)), { durable: { dir: join(dir, "file", "spool") } }, { redact });
    for (const name of ["a", "b"]) parts.end(name);
    await flush(parts);
    expect(parts.ledger("default")).toMatchObject({ queued: 2, dropped: {} });
    await flush(parts);
    expect(parts.exporter.batches).toEqual([
      ["hidden", "hidden"],
      ["hidden", "hidden"],
    ]);
    expect(parts.ledger("default")).toMatchObject({ queued: 0, exported: 2, dropped: {} });
  });

  it("loses to a shutdown what memory holds, and nothing else", async () => {
    const parts = line(new FakeExporter(unavailable(60 * SECOND)));
    parts.end("a");
    const full = jest.spyOn(fs, "writeSync").mockImplementation(() => {
      throw systemError("ENOSPC");
    });
    parts.end("b");
    full.mockRestore();
    await Promise.all([parts.router.shutdown(), settle()]);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, inFlight: 0, dropped: { shutdown: 1 } });
    expect(onDisk()).toEqual(["a"]);
  });
});

describe("a flush with fsync", () => {
  const durable = { fsync: { everyMillis: 60 * SECOND } };
  type Done = (error: Error | null) => void;

  it("resolves when what was written is on the device, delivered or not", async () => {
    const held: Done[] = [];
    jest
      .spyOn(fs, "fdatasync")
      .mockImplementation((_descriptor: number, done: unknown) => void held.push(done as Done));
    const { end, router } = line(undefined, { durable });
    end("a");
    const flushed = watch(router.forceFlush());
    await settle();
    expect(held).toHaveLength(1);
    expect(flushed.isDone).toBe(false);
    held[0]?.(null);
    await settle();
    expect(flushed.isDone).toBe(true);
  });

  it("resolves although the device fails, and says so", async () => {
    jest
      .spyOn(fs, "fdatasync")
      .mockImplementation((_descriptor: number, done: unknown) => (done as Done)(systemError("EIO")));
    const { end, router, said } = line(undefined, { durable });
    end("a");
    await Promise.all([router.forceFlush(), settle()]);
    expect(said).toEqual([expect.stringMatching(/SPANDREL_SPOOL_SYNC: .*EIO/)]);
  });
});

describe("shutdown", () => {
  it("leaves in the spool what there was no time for, queued, and the next start delivers it", async () => {
    const parts = line(FakeExporter.held(), { queue: { maxBatchSpans: 2 } });
    for (const name of ["a", "b", "c"]) parts.end(name);
    const closed = watch(parts.router.shutdown());
    await later(SECOND);
    expect(parts.ledger("default")).toMatchObject({ inFlight: 2, queued: 1 });
    parts.end("during");
    expect(onDisk()).toEqual(["a", "b", "c", "during"]);
    await later(9 * SECOND);
    expect(closed.isDone).toBe(true);
    parts.end("after");
    expect(onDisk()).toEqual(["a", "b", "c", "during"]);
    const left = { ended: 5, queued: 4, inFlight: 0, exported: 0, dropped: { shutdown: 1 } };
    expect(parts.ledger("default")).toMatchObject(left);
    expect(parts.exporter.calls).toEqual(["export", "shutdown"]);

    const next = line();
    expect(next.ledger("default")).toMatchObject({ recovered: 4, queued: 4 });
    parts.exporter.answer();
    expect(parts.ledger("default")).toMatchObject(left);
    await later(SECOND + 5);
    expect(next.exporter.names).toEqual(["a", "b", "c", "during"]);
    expect(jest.getTimerCount()).toBe(0);
    expect(imbalance(parts.ledger("default"))).toBe(0);
  });

  it("does not deliver what has ended during it, and starts no timer for it", async () => {
    const parts = line(FakeExporter.held());
    parts.end("a");
    await later(SECOND);
    const closed = watch(parts.router.shutdown());
    parts.end("during");
    expect(jest.getTimerCount()).toBe(2);
    parts.exporter.answer();
    await settle();
    expect(closed.isDone).toBe(true);
    expect(parts.ledger("default")).toMatchObject({ exported: 1, queued: 1, dropped: {} });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("does not wait for a destination that has asked for more than its deadline: nothing is lost", async () => {
    const parts = line(new FakeExporter(unavailable(60 * SECOND)));
    parts.end("a");
    const closed = watch(parts.router.shutdown());
    await settle();
    expect(closed.isDone).toBe(true);
    expect(parts.ledger("default")).toMatchObject({ queued: 1, dropped: {} });
  });
});

describe("two routers on one folder", () => {
  it("deliver their own spans each while both live, and those of one that has closed go to the next", async () => {
    const one = line(new FakeExporter(fail));
    const other = line(FakeExporter.held());
    // Both write to one stderr, which is the second's.
    one.end("one");
    other.end("other");
    expect([...onDisk()].sort()).toEqual(["one", "other"]);
    const third = line();
    expect(third.ledger("default").recovered).toBe(0);
    await Promise.all([one.router.shutdown(), later(10 * SECOND)]);
    expect(one.ledger("default")).toMatchObject({ queued: 1, dropped: {} });
    const fourth = line();
    expect(fourth.ledger("default")).toMatchObject({ ended: 1, recovered: 1 });
    await flush(fourth);
    expect(fourth.exporter.names).toEqual(["one"]);
    other.exporter.answer();
    await settle();
    expect(other.ledger("default")).toMatchObject({ recovered: 0, exported: 1, queued: 0 });
  });
});

describe("a durable processor that is removed", () => {
  it("keeps what it could not deliver, and one that is added for the folder then has it", async () => {
    const { router, end, ledger } = rig();
    const handle = router.addProcessor({
      name: "old",
      exporter: new FakeExporter(fail),
      isDefault: true,
      durable: { dir },
    });
    end("a");
    const removed = handle.remove();
    end("elsewhere");
    await Promise.all([removed, later(10 * SECOND)]);
    expect(ledger("old")).toMatchObject({ ended: 1, queued: 1, dropped: {} });
    const exporter = new FakeExporter();
    router.addProcessor({ name: "default", exporter, durable: { dir } });
    expect(ledger("default")).toMatchObject({ ended: 1, recovered: 1, queued: 1 });
    end("b");
    await flush({ router } as Rig);
    expect(exporter.names).toEqual(["a", "b"]);
    expect(ledger("default")).toMatchObject({ ended: 2, exported: 2 });
    for (const each of router.status().processors) expect(imbalance(each)).toBe(0);
  });

  it("frees its folder once, however often it is removed", async () => {
    const { router } = rig();
    const add = (): { remove(): Promise<void> } =>
      router.addProcessor({ exporter: new FakeExporter(), durable: { dir } });
    const handle = add();
    expect(handle.remove()).toBe(handle.remove());
    expect(add).toThrow(InvalidOptionError);
    await handle.remove();
    add();
    await handle.remove();
    expect(add).toThrow(InvalidOptionError);
  });
});

describe("the folder of a spool", () => {
  it("cannot be that of another processor of the router, however it is written", () => {
    const { router } = rig();
    router.addProcessor({ name: "one", exporter: new FakeExporter(), durable: { dir } });
    for (const same of [dir, `${dir}/`, join(dir, "x", ".."), relative(process.cwd(), dir)]) {
      const add = (): unknown =>
        router.addProcessor({ name: "two", exporter: new FakeExporter(), durable: { dir: same } });
      expect(add).toThrow(InvalidOptionError);
      expect(add).toThrow(/expected durable\.dir to be a folder that no other processor has/);
    }
    expect(router.status().processors.map(({ name }) => name)).toEqual(["one"]);
    router.addProcessor({ name: "two", exporter: new FakeExporter(), durable: { dir: join(dir, "two") } });
  });

  it("is .spandrel/spool/<name> of the working directory that the processor was added in", async () => {
    const before = process.cwd();
    process.chdir(dir);
    try {
      const parts = rig();
      resetLog(() => undefined);
      parts.router.addProcessor({ name: "default", exporter: new FakeExporter(), durable: true });
      process.chdir(before);
      parts.end("a");
      expect(listFiles(join(dir, ".spandrel", "spool", "default"), ".jsonl")).toHaveLength(1);
      await Promise.all([parts.router.shutdown(), settle()]);
    } finally {
      process.chdir(before);
    }
  });
});
