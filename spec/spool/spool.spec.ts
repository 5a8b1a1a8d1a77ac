import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { InvalidOptionError } from "../../lib/errors";
import type { Spool } from "../../lib/spool/index";
import {
  drain,
  fileNames,
  keep,
  listFiles,
  letLook,
  listFolders,
  makeFolder,
  makeSpool,
  removeFolders,
  take,
} from "./spool-folder";

afterEach(removeFolders);

const EMPTY = { waiting: 0, inFlight: 0, bytes: 0, recovered: 0, torn: 0, foreign: 0, lost: 0 };

describe("a spool", () => {
  it("gives what was appended, in order, and nothing that is in flight", () => {
    const spool = makeSpool(makeFolder());
    keep(spool, "a", "bé", "c", "d");
    expect(take(spool, 2)).toEqual({ records: ["a", "bé"], bytes: 4 });
    expect(spool.status).toEqual({ ...EMPTY, waiting: 2, inFlight: 2, bytes: 10 });
    expect(take(spool).records).toEqual(["c", "d"]);
    expect(spool.take({ maxRecords: 9, maxBytes: 9 })).toBeUndefined();
    expect(spool.status).toEqual({ ...EMPTY, inFlight: 4, bytes: 10 });
  });

  it("has written the whole line when append returns", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir);
    keep(spool, "first", "second");
    const [segment] = listFiles(dir, ".jsonl");
    expect(fs.readFileSync(segment!, "utf8")).toBe("first\nsecond\n");
  });

  it("makes nothing before the first record", () => {
    const dir = join(makeFolder(), "not/there");
    const spool = makeSpool(dir);
    expect(spool.status).toEqual(EMPTY);
    spool.close();
    expect(fs.existsSync(dir)).toBe(false);
  });

  it("gives up to maxBytes, and one record however large it is", () => {
    const spool = makeSpool(makeFolder());
    keep(spool, "aaa", "bbb", "cccccccccc", "d");
    const limits = { maxRecords: 9, maxBytes: 6 };
    expect(spool.take({ maxRecords: 9, maxBytes: 5 })).toEqual({ records: ["aaa"], bytes: 3 });
    expect(spool.take(limits)).toEqual({ records: ["bbb"], bytes: 3 });
    expect(spool.take(limits)).toEqual({ records: ["cccccccccc"], bytes: 10 });
    expect(spool.take(limits)).toEqual({ records: ["d"], bytes: 1 });
    expect(spool.take({ maxRecords: 0, maxBytes: 6 })).toBeUndefined();
  });

  it("gives released records again at their place, whatever the order of settling and releasing", () => {
    const spool = makeSpool(makeFolder(), { segmentBytes: 6 });
    keep(spool, ..."abcdefghij");
    const batches = [take(spool, 2), take(spool, 3), take(spool, 2), take(spool, 1)];
    expect(batches.map(({ records }) => records.join(""))).toEqual(["ab", "cde", "fg", "h"]);
    spool.release(batches[3]!);
    spool.release(batches[1]!);
    spool.settle(batches[2]!);
    expect(spool.status).toMatchObject({ waiting: 6, inFlight: 2 });
    expect(take(spool, 4).records.join("")).toBe("cdeh");
    spool.release(batches[0]!);
    expect(take(spool).records.join("")).toBe("abij");
  });

  it("ignores a batch that is not in flight", () => {
    const spool = makeSpool(makeFolder());
    keep(spool, "a", "b");
    const batch = take(spool, 1);
    spool.release(batch);
    spool.settle(batch);
    spool.release(batch);
    expect(spool.status).toMatchObject({ waiting: 2, inFlight: 0 });
    expect(drain(spool)).toEqual(["a", "b"]);
  });

  it("starts a segment when one is full and deletes each when all of its records are settled", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir, { segmentBytes: 6 });
    keep(spool, ..."abcdefgh");
    keep(spool, "larger than a segment");
    const segments = (): string[] => fileNames(dir).filter((name) => name.endsWith(".jsonl"));
    expect(segments()).toEqual([1, 2, 3, 4].map((number) => `0000000${number}.jsonl`));
    expect(listFiles(dir, ".jsonl").map((path) => fs.statSync(path).size)).toEqual([6, 6, 4, 22]);
    const first = take(spool, 2);
    const rest = take(spool, 4);
    spool.settle(rest);
    expect(segments()).toEqual([1, 3, 4].map((number) => `0000000${number}.jsonl`));
    spool.settle(first);
    expect(segments()).toEqual([3, 4].map((number) => `0000000${number}.jsonl`));
    expect(fileNames(dir).filter((name) => name.endsWith(".done"))).toEqual([]);
    expect(spool.status.bytes).toBe(26);
  });

  it("says full beyond maxBytes and has room again when records are settled", () => {
    const spool = makeSpool(makeFolder(), { maxBytes: 44 });
    const kept: string[] = [];
    for (let index = 10; spool.append(`record ${index}`) === "kept"; index++) kept.push(`record ${index}`);
    expect(kept).toHaveLength(4);
    expect(spool.append("too large for any spool of 44 bytes, this is")).toBe("full");
    expect(spool.append("abc")).toBe("kept");
    expect(spool.append("a")).toBe("full");
    spool.settle(take(spool, 1));
    expect(spool.append("new record")).toBe("full");
    expect(spool.append("small")).toBe("kept");
    expect(drain(spool)).toEqual([...kept.slice(1), "abc", "small"]);
    for (let round = 0; round < 50; round++) {
      keep(spool, "one record", "two record");
      expect(drain(spool)).toEqual(["one record", "two record"]);
    }
    expect(spool.status.bytes).toBeLessThanOrEqual(44);
  });

  it.each(["", "a\nb", "\n", "a\0", undefined, 7])("does not take %j: it would not be given again", (record) => {
    const spool = makeSpool(makeFolder());
    expect(spool.append(record as string)).toBe("failed");
    keep(spool, "a");
    expect(drain(spool)).toEqual(["a"]);
  });

  it("takes records of 16 MiB and none that is larger", () => {
    const spool = makeSpool(makeFolder());
    const largest = "x".repeat(16 * 1024 * 1024);
    expect(spool.append(`${largest}x`)).toBe("failed");
    keep(spool, largest, "a");
    expect(drain(spool).map(({ length }) => length)).toEqual([largest.length, 1]);
  });

  it("keeps everybody else out: folders 0700, files 0600", () => {
    const dir = join(makeFolder(), "deep/spool");
    const spool = makeSpool(dir, { segmentBytes: 4 });
    keep(spool, "a", "b", "c");
    spool.settle(take(spool, 1));
    const modes = new Map(listFiles(dir).map((path) => [path, fs.statSync(path).mode & 0o777]));
    expect(fileNames(dir)).toEqual(["00000001.done", "00000001.jsonl", "00000002.jsonl", "owner.json"]);
    expect([...new Set(modes.values())]).toEqual([0o600]);
    const [folder] = listFolders(dir);
    for (const path of [join(dir, folder!), dir, dirname(dir)]) expect(fs.statSync(path).mode & 0o777).toBe(0o700);
  });

  it("reads from the disk, and counts what is not there any more", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir, { segmentBytes: 6 });
    keep(spool, ..."abcdefgh");
    const [first, second] = listFiles(dir, ".jsonl");
    fs.unlinkSync(first!);
    fs.writeFileSync(second!, "d\n\0\nf\n");
    expect(take(spool).records.join("")).toBe("dfgh");
    expect(spool.status).toMatchObject({ waiting: 0, inFlight: 4, lost: 4 });
  });

  it("goes on in a new file when its own was deleted, moved or replaced", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir);
    const segment = (): string => listFiles(dir, ".jsonl").at(-1)!;
    keep(spool, "a");
    fs.rmSync(join(dir, listFolders(dir)[0]!), { recursive: true });
    letLook();
    keep(spool, "b");
    expect(spool.status).toMatchObject({ waiting: 1, lost: 1, bytes: 2 });
    fs.renameSync(segment(), join(dir, "moved"));
    letLook();
    keep(spool, "c");
    fs.rmSync(segment());
    fs.writeFileSync(join(dir, listFolders(dir)[0]!, "00000003.jsonl"), "not ours\n");
    letLook();
    keep(spool, "d", "e");
    expect(drain(spool)).toEqual(["d", "e"]);
    expect(spool.status).toMatchObject({ waiting: 0, lost: 3 });
  });

  it("looks whether its file is there once in a millisecond, and counts what it wrote into nothing", () => {
    const dir = makeFolder();
    const now = jest.spyOn(performance, "now").mockReturnValue(1000);
    const spool = makeSpool(dir);
    keep(spool, "a", "b");
    fs.rmSync(join(dir, listFolders(dir)[0]!), { recursive: true });
    now.mockReturnValue(1000.9);
    keep(spool, "c");
    expect(spool.status).toMatchObject({ waiting: 3, lost: 0 });
    now.mockReturnValue(1002);
    keep(spool, "d");
    expect(spool.status).toMatchObject({ waiting: 1, lost: 3 });
    expect(drain(spool)).toEqual(["d"]);
    now.mockRestore();
  });

  it("makes its folder anew when all of it was deleted, and counts every segment", () => {
    const dir = join(makeFolder(), "spool");
    const spool = makeSpool(dir, { segmentBytes: 4 });
    keep(spool, ..."abcde");
    fs.rmSync(dir, { recursive: true });
    letLook();
    keep(spool, "f");
    expect(spool.status).toMatchObject({ waiting: 1, bytes: 2, lost: 5 });
    expect(fileNames(dir)).toEqual(["00000004.jsonl", "owner.json"]);
    expect(drain(spool)).toEqual(["f"]);
  });

  it("keeps and gives nothing once it is closed", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir);
    keep(spool, "a", "b");
    const batch = take(spool, 1);
    spool.close();
    const files = fileNames(dir);
    expect(spool.append("c")).toBe("failed");
    expect(spool.take({ maxRecords: 1, maxBytes: 1 })).toBeUndefined();
    spool.settle(batch);
    spool.close();
    expect(fileNames(dir)).toEqual(files);
  });

  it("leaves nothing behind when all was settled", () => {
    const dir = makeFolder();
    const spool = makeSpool(dir, { segmentBytes: 4 });
    keep(spool, ..."abcde");
    drain(spool);
    spool.close();
    expect(listFolders(dir)).toEqual([]);
  });

  it.each([
    ["Spool.dir", { dir: "" }],
    ["Spool.maxBytes", { maxBytes: 0 }],
    ["Spool.segmentBytes", { segmentBytes: 1.5 }],
    ["Spool.fsync.everyMillis", { fsync: { everyMillis: -1 } }],
    ["Spool.fsync.everyMillis", { fsync: { everyMillis: 2 ** 31 } }],
  ])("refuses a bad %s at construction", (option, bad) => {
    const make = (): Spool => makeSpool("never made", bad);
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(option);
  });
});
