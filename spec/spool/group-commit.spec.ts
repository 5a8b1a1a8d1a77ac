import * as fs from "node:fs";
import type { SpoolFileSystem } from "../../lib/spool/file-system";
import { containedFaults } from "../../lib/internal/index";
import { drain, keep, makeFolder, makeFileSystem, makeSpool, removeFolders, systemError, take } from "./spool-folder";

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask", "performance"] });
});
afterEach(() => {
  jest.useRealTimers();
  removeFolders();
});

type Done = (error: NodeJS.ErrnoException | null) => void;

/** Syncs that end when the spec says so; `log` has every sync and close. */
function makeDevice(): { fileSystem: SpoolFileSystem; log: string[]; finish(error?: NodeJS.ErrnoException): void } {
  const running: Done[] = [];
  const log: string[] = [];
  const names = new Map<number, string>();
  const fileSystem = makeFileSystem({
    openSync: (...args) => {
      const descriptor = fs.openSync(...args);
      const [, name] = /([^/]+)\.jsonl$/.exec(String(args[0])) ?? [];
      if (name === undefined || args[1] === "r") names.delete(descriptor);
      else names.set(descriptor, name.slice(-1));
      return descriptor;
    },
    closeSync: (descriptor) => {
      if (names.has(descriptor)) log.push(`close ${names.get(descriptor)}`);
      names.delete(descriptor);
      fs.closeSync(descriptor);
    },
    fdatasync: ((descriptor: number, done: Done) => {
      log.push(`sync ${names.get(descriptor)}`);
      running.push(done);
    }) as typeof fs.fdatasync,
    fdatasyncSync: (descriptor) => void log.push(`sync ${names.get(descriptor)} at once`),
    fsyncSync: () => void log.push("sync folder"),
  });
  return { fileSystem, log, finish: (error) => running.splice(0).forEach((done) => done(error ?? null)) };
}

const settleMicrotasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a spool with fsync", () => {
  it("syncs once per interval, and only when something was written", async () => {
    const { fileSystem, log, finish } = makeDevice();
    const spool = makeSpool(makeFolder(), { fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a", "b", "c");
    expect(jest.getTimerCount()).toBe(1);
    expect(log.splice(0)).toEqual(["sync folder"]);
    jest.advanceTimersByTime(49);
    await settleMicrotasks();
    expect(log).toEqual([]);
    jest.advanceTimersByTime(1);
    await settleMicrotasks();
    expect(log.splice(0)).toEqual(["sync 1"]);
    finish();
    await settleMicrotasks();
    jest.advanceTimersByTime(1000);
    await settleMicrotasks();
    expect(log).toEqual([]);
    keep(spool, "d");
    jest.advanceTimersByTime(50);
    await settleMicrotasks();
    expect(log).toEqual(["sync 1"]);
    finish();
  });

  it("flushes what was written while another sync was running", async () => {
    const { fileSystem, log, finish } = makeDevice();
    const spool = makeSpool(makeFolder(), { fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a");
    const first = spool.flush();
    await settleMicrotasks();
    keep(spool, "b");
    let isFlushed = false;
    const second = spool.flush().then(() => (isFlushed = true));
    await settleMicrotasks();
    expect(log.splice(0)).toEqual(["sync folder", "sync 1"]);
    finish();
    await first;
    await settleMicrotasks();
    expect(isFlushed).toBe(false);
    expect(log.splice(0)).toEqual(["sync 1"]);
    finish();
    await second;
    jest.advanceTimersByTime(1000);
    await settleMicrotasks();
    expect(log).toEqual([]);
  });

  it("syncs a full segment as well, and closes it after that", async () => {
    const { fileSystem, log, finish } = makeDevice();
    const spool = makeSpool(makeFolder(), { segmentBytes: 4, fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a", "b", "c");
    const flushed = spool.flush();
    await settleMicrotasks();
    keep(spool, "d", "e");
    expect(log.splice(0)).toEqual(["sync folder", "sync folder", "sync 1", "sync 2", "sync folder"]);
    finish();
    await flushed;
    expect(log.splice(0)).toEqual(["close 1"]);
    const again = spool.flush();
    await settleMicrotasks();
    finish();
    await again;
    expect(log).toEqual(["sync 2", "sync 3", "close 2"]);
  });

  it("rejects a flush that fails, counts a failing interval, and tries again", async () => {
    const { fileSystem, finish } = makeDevice();
    const spool = makeSpool(makeFolder(), { fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a");
    const flushed = spool.flush();
    await settleMicrotasks();
    finish(systemError("EIO"));
    await expect(flushed).rejects.toThrow("EIO");
    jest.advanceTimersByTime(50);
    await settleMicrotasks();
    finish(systemError("EIO"));
    await settleMicrotasks();
    expect(containedFaults()).toEqual({ SPANDREL_SPOOL_SYNC: 1 });
    const again = spool.flush();
    await settleMicrotasks();
    finish();
    await again;
    expect(drain(spool)).toEqual(["a"]);
  });

  it("syncs at once when it is closed", () => {
    const { fileSystem, log } = makeDevice();
    const spool = makeSpool(makeFolder(), { segmentBytes: 4, fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a", "b", "c");
    log.splice(0);
    spool.close();
    expect(log).toEqual(["sync 1 at once", "sync 2 at once", "close 1", "close 2"]);
    jest.advanceTimersByTime(1000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("does not close a file while it is being synced", async () => {
    const { fileSystem, log, finish } = makeDevice();
    const spool = makeSpool(makeFolder(), { fsync: { everyMillis: 50 } }, fileSystem);
    keep(spool, "a");
    const flushed = spool.flush();
    await settleMicrotasks();
    spool.settle(take(spool));
    spool.close();
    expect(log).toEqual(["sync folder", "sync 1", "sync 1 at once"]);
    finish();
    await flushed;
    expect(log.at(-1)).toBe("close 1");
  });

  it("flushes with the real operating system", async () => {
    const spool = makeSpool(makeFolder(), { fsync: { everyMillis: 50 } });
    keep(spool, "a");
    await spool.flush();
    expect(drain(spool)).toEqual(["a"]);
    spool.close();
  });
});

describe("a spool without fsync", () => {
  it("never syncs, and closes a full segment at once", async () => {
    const { fileSystem, log } = makeDevice();
    const spool = makeSpool(makeFolder(), { segmentBytes: 4 }, fileSystem);
    keep(spool, "a", "b", "c");
    await spool.flush();
    jest.advanceTimersByTime(100_000);
    spool.close();
    expect(log).toEqual(["close 1", "close 2"]);
  });
});
