import * as fs from "node:fs";
import { join } from "node:path";
import type { Spool } from "../../lib/spool/index";
import {
  drain,
  keep,
  killOwners,
  listFiles,
  makeDeadFolder,
  makeFaultyFileSystem,
  makeFileSystem,
  makeFolder,
  makeSpool,
  removeFolders,
  systemError,
  take,
  type Fate,
} from "./spool-folder";

afterEach(removeFolders);

const FOUND = ["f1", "f2", "f3", "f4", "f5"];

interface Story {
  readonly attempted: string[];
  /** Records that the next spool must give. */
  readonly owed: string[];
  /** Records that it must not give, as they were settled before anything had failed. */
  readonly ended: string[];
  readonly failures: number;
  readonly calls: number;
}

/** Recovers, appends, takes, settles, releases and, unless it crashes, closes, on a disk that does this to its calls. */
function tellStory(dir: string, fate: (call: number) => Fate, isClosed: boolean): Story {
  const folder = makeDeadFolder(dir, {
    "00000001.jsonl": "f0\nf1\nf2\n",
    "00000001.done": "\n0 3 .\n",
    "00000002.jsonl": "f3\nf4\nf5\ntorn",
  });
  for (const path of listFiles(folder)) fs.utimesSync(path, 1000, 1000);
  let calls = 0;
  let hasFailed = false;
  const fileSystem = makeFaultyFileSystem((call) => {
    calls++;
    const chosen = fate(call);
    hasFailed ||= chosen !== "works";
    return chosen;
  });
  const spool = makeSpool(dir, { segmentBytes: 25 }, fileSystem);
  const attempted = [...FOUND];
  const kept = [...FOUND];
  const settled = new Set<string>();
  const ended: string[] = [];
  let failures = 0;
  const append = (count: number): void => {
    for (let index = 0; index < count; index++) {
      const record = `record ${attempted.length}`;
      attempted.push(record);
      if (spool.append(record) === "kept") kept.push(record);
      else failures++;
    }
  };
  const takeSome = (maxRecords: number): ReturnType<Spool["take"]> => spool.take({ maxRecords, maxBytes: 1000 });
  const settle = (batch: ReturnType<Spool["take"]>): void => {
    if (batch === undefined) return;
    spool.settle(batch);
    batch.records.forEach((record) => settled.add(record));
    if (!hasFailed) ended.push(...batch.records);
  };
  append(5);
  settle(takeSome(2));
  const second = takeSome(3);
  const third = takeSome(3);
  if (second !== undefined) spool.release(second);
  append(3);
  settle(third);
  settle(takeSome(1));
  append(2);
  expect(spool.status.lost).toBe(0);
  if (isClosed) spool.close();
  killOwners(dir);
  return { attempted, owed: kept.filter((record) => !settled.has(record)), ended, failures, calls };
}

function expectNothingLost(dir: string, { attempted, owed, ended }: Story): void {
  const records = drain(makeSpool(dir), 3);
  expect(records.filter((record) => owed.includes(record))).toEqual(owed);
  expect(records.filter((record) => !attempted.includes(record))).toEqual([]);
  expect(records.filter((record) => ended.includes(record))).toEqual([]);
}

describe.each(["closes", "crashes"])("a spool that %s", (end) => {
  const isClosed = end === "closes";

  it("is healthy when nothing fails", () => {
    const dir = makeFolder();
    const story = tellStory(dir, () => "works", isClosed);
    expect(story).toMatchObject({ failures: 0, ended: expect.arrayContaining(["f1", "f2"]) });
    expect(story.ended).toHaveLength(6);
    expect(story.calls).toBeGreaterThan(80);
    expectNothingLost(dir, story);
  });

  it.each(["fails", "short"] as const)("loses nothing it has kept when any one of its calls %s", (kind) => {
    for (let faulty = 0, calls = 1; faulty < calls; faulty++) {
      const dir = makeFolder();
      const story = tellStory(dir, (call) => (call === faulty ? kind : "works"), isClosed);
      calls = story.calls;
      expect(story.failures).toBeLessThanOrEqual(1);
      expectNothingLost(dir, story);
    }
  });

  it.each(["fails", "short"] as const)("loses nothing it has kept when a call %s and all later ones fail", (kind) => {
    for (let faulty = 0, calls = 1; faulty < calls; faulty++) {
      const dir = makeFolder();
      const fate = (call: number): Fate => (call < faulty ? "works" : call === faulty ? kind : "fails");
      const story = tellStory(dir, fate, isClosed);
      calls = Math.max(story.calls, 150);
      expectNothingLost(dir, story);
    }
  });

  it("loses nothing it has kept when calls fail in pairs and in turns", () => {
    for (let faulty = 0; faulty < 150; faulty += 4) {
      for (const isFaulty of [
        (call: number): boolean => call === faulty || call === faulty + 1,
        (call: number): boolean => call >= faulty && call % 2 === 0,
        (call: number): boolean => call >= faulty && call % 3 === 0,
      ]) {
        const dir = makeFolder();
        const story = tellStory(dir, (call) => (isFaulty(call) ? "short" : "works"), isClosed);
        expectNothingLost(dir, story);
      }
    }
  });
});

/** A disk with this much room: writes are cut short at its end, then refused, as Linux does. */
function makeDisk(room: number): { fileSystem: ReturnType<typeof makeFileSystem>; free(bytes: number): void } {
  let left = room;
  const writeSync = (descriptor: number, bytes: Buffer, offset: number, length: number): number => {
    if (left === 0) throw systemError("ENOSPC");
    const count = fs.writeSync(descriptor, bytes, offset, Math.min(length, left));
    left -= count;
    return count;
  };
  return {
    fileSystem: makeFileSystem({ writeSync: writeSync as typeof fs.writeSync }),
    free: (bytes) => (left = bytes),
  };
}

describe("a full disk", () => {
  it("fails records until there is room, and leaves no part of one, wherever the room ends", () => {
    for (let room = 1; room < 200; room += 3) {
      const dir = makeFolder();
      const disk = makeDisk(room);
      const spool = makeSpool(dir, {}, disk.fileSystem);
      const kept = ["first", "second", "third"].filter((record) => spool.append(record) === "kept");
      disk.free(1000);
      keep(spool, "after");
      expect(listFiles(dir, ".jsonl").map((path) => fs.readFileSync(path, "utf8"))).toEqual([
        [...kept, "after", ""].join("\n"),
      ]);
      expect(take(spool).records).toEqual([...kept, "after"]);
    }
  });

  it("starts a fresh file where half a line cannot be cut off", () => {
    const dir = makeFolder();
    const disk = makeDisk(1000);
    const ftruncateSync = (): void => {
      throw systemError("EIO");
    };
    const spool = makeSpool(dir, {}, { ...disk.fileSystem, ftruncateSync });
    keep(spool, "first");
    disk.free(3);
    expect(spool.append("second")).toBe("failed");
    disk.free(1000);
    keep(spool, "third");
    expect(listFiles(dir, ".jsonl").map((path) => fs.readFileSync(path, "utf8"))).toEqual(["first\nsec", "third\n"]);
    killOwners(dir);
    const next = makeSpool(dir);
    expect(next.status).toMatchObject({ recovered: 2, torn: 1 });
    expect(drain(next)).toEqual(["first", "third"]);
  });
});

describe("a disk that refuses to note what was settled", () => {
  it.each([
    [
      "throws",
      (): number => {
        throw systemError("ENOSPC");
      },
    ],
    ["is cut short", (...args: [number, Buffer, number, number]): number => fs.writeSync(args[0], args[1], 0, 3)],
  ])("is told again with the next batch where the write %s", (_, write) => {
    const dir = makeFolder();
    let isRefused = false;
    const writeSync = ((...args: [number, Buffer, number, number]): number =>
      isRefused ? write(...args) : fs.writeSync(...args)) as typeof fs.writeSync;
    const spool = makeSpool(dir, {}, makeFileSystem({ writeSync }));
    keep(spool, ..."abcdef");
    isRefused = true;
    spool.settle(take(spool, 2));
    isRefused = false;
    spool.settle(take(spool, 1));
    killOwners(dir);
    expect(drain(makeSpool(dir)).join("")).toBe("def");
  });
});

describe("a disk that cannot be read", () => {
  it("gives what it can, and the rest in its place when it can be read again", () => {
    const dir = makeFolder();
    let broken = "00000002";
    const openSync = (...args: Parameters<typeof fs.openSync>): number => {
      if (broken !== "" && String(args[0]).includes(broken) && args[1] === "r") throw systemError("EIO");
      return fs.openSync(...args);
    };
    const spool = makeSpool(dir, { segmentBytes: 4 }, makeFileSystem({ openSync }));
    keep(spool, ..."abcdef");
    expect(take(spool, 3).records).toEqual(["a", "b", "e"]);
    broken = "";
    expect(take(spool).records).toEqual(["c", "d", "f"]);
    expect(spool.status.lost).toBe(0);
  });

  it("leaves a segment alone that cannot be read at the start, for the next one", () => {
    const dir = makeFolder();
    makeDeadFolder(dir, { "00000001.jsonl": "a\n", "00000002.jsonl": "b\n" });
    const openSync = (...args: Parameters<typeof fs.openSync>): number => {
      if (String(args[0]).endsWith("1.jsonl")) throw systemError("EACCES");
      return fs.openSync(...args);
    };
    const spool = makeSpool(dir, {}, makeFileSystem({ openSync }));
    expect(spool.status).toMatchObject({ recovered: 1, foreign: 1 });
    expect(drain(spool)).toEqual(["b"]);
    spool.close();
    expect(drain(makeSpool(dir))).toEqual(["a"]);
  });

  it("starts where the folder cannot be listed, read or made", () => {
    const dir = join(makeFolder(), "file");
    fs.writeFileSync(dir, "not a folder");
    const spool = makeSpool(dir);
    expect(spool.append("a")).toBe("failed");
    fs.unlinkSync(dir);
    keep(spool, "b");
    expect(drain(spool)).toEqual(["b"]);
  });
});
