import * as fs from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import * as fc from "fast-check";
import type { Spool } from "../../lib/spool/index";
import {
  drain,
  fileNames,
  keep,
  killOwners,
  listFiles,
  listFolders,
  makeDeadFolder,
  makeFileSystem,
  makeFolder,
  makeSpool,
  removeFolders,
  take,
} from "./spool-folder";

afterEach(removeFolders);

const onLinux = fs.existsSync("/proc/self/stat") ? it : it.skip;

describe("a spool that starts where another has ended", () => {
  it("gives what a closed one has left, batches in flight included, before its own", () => {
    const dir = makeFolder();
    const first = makeSpool(dir, { segmentBytes: 6 });
    keep(first, ..."abcdefgh");
    first.settle(take(first, 4));
    take(first, 2);
    first.close();
    const second = makeSpool(dir);
    keep(second, "own");
    expect(second.status).toMatchObject({ waiting: 5, recovered: 4, torn: 0, foreign: 0, bytes: 4 + 6 + 4 });
    expect(drain(second, 3)).toEqual(["e", "f", "g", "h", "own"]);
    expect(fileNames(dir)).toEqual(["00000001.done", "00000001.jsonl", "owner.json"]);
    second.close();
    expect(listFolders(dir)).toEqual([]);
  });

  it("gives again only the batch that was in flight at a crash", () => {
    const dir = makeFolder();
    for (let round = 0; round < 3; round++) {
      const spool = makeSpool(dir);
      if (round === 0) keep(spool, ..."abcdefghij");
      expect(spool.status.recovered).toBe(round === 0 ? 0 : 10 - 3 * round);
      const settled = take(spool, 3);
      expect(settled.records.join("")).toBe(["abc", "def", "ghi"][round]);
      const lost = take(spool, 1);
      spool.settle(settled);
      expect(lost.records.join("")).toBe(["d", "g", "j"][round]);
      killOwners(dir);
    }
    expect(drain(makeSpool(dir))).toEqual(["j"]);
  });

  it("remembers records that were settled out of order", () => {
    const dir = makeFolder();
    const first = makeSpool(dir);
    keep(first, ..."abcdefgh");
    const batches = [take(first, 2), take(first, 2), take(first, 2)];
    first.settle(batches[1]!);
    killOwners(dir);
    const second = makeSpool(dir);
    expect(take(second, 3).records.join("")).toBe("abe");
    expect(take(second).records.join("")).toBe("fgh");
  });

  it("reads segments in the order of their numbers, and folders in that of their age", () => {
    const dir = makeFolder();
    const young = makeDeadFolder(dir, { "99999999.jsonl": "c\n", "100000000.jsonl": "d\n" });
    const old = makeDeadFolder(dir, { "00000001.jsonl": "a\n", "00000002.jsonl": "b\n" });
    fs.utimesSync(join(young, "99999999.jsonl"), 2000, 2000);
    fs.utimesSync(join(old, "00000001.jsonl"), 1000, 1000);
    expect(drain(makeSpool(dir))).toEqual(["a", "b", "c", "d"]);
    expect(fileNames(dir)).toEqual([]);
  });

  it("leaves a folder alone whose owner lives, in this process too", () => {
    const dir = makeFolder();
    const first = makeSpool(dir);
    keep(first, "a");
    const second = makeSpool(dir);
    expect(second.status).toMatchObject({ waiting: 0, recovered: 0, foreign: 0 });
    keep(second, "b");
    expect(drain(first)).toEqual(["a"]);
    expect(drain(second)).toEqual(["b"]);
  });

  onLinux.each([
    ["another process has its number now", { startTime: "1" }, ["a"]],
    ["the host was booted since", { bootId: "another" }, ["a"]],
    ["its owner is the same process", {}, undefined],
    ["it was claimed a moment ago and still has the former owner's file", { pid: 1, bootId: "another" }, undefined],
  ])("judges an owner whose number is in use: %s", (_, change, expected) => {
    const dir = makeFolder();
    keep(makeSpool(dir), "a");
    const path = join(dir, listFolders(dir)[0]!, "owner.json");
    const owner: unknown = JSON.parse(fs.readFileSync(path, "utf8"));
    expect(owner).toEqual({ pid: process.pid, startTime: expect.any(String), bootId: expect.any(String) });
    fs.writeFileSync(path, JSON.stringify({ ...(owner as object), ...change }));
    expect(makeSpool(dir).take({ maxRecords: 1, maxBytes: 1 })?.records).toEqual(expected);
  });

  it.each(["", "{", "null", '{"pid":"x"}', '{"pid":99999999,"startTime":7}', "\0\xff"])(
    "judges by the folder's name where owner.json is %j",
    (text) => {
      const dir = makeFolder();
      makeDeadFolder(dir, { "owner.json": text, "00000001.jsonl": "a\n" });
      keep(makeSpool(join(dir, "live")), "b");
      const live = listFolders(join(dir, "live"))[0]!;
      fs.writeFileSync(join(dir, "live", live, "owner.json"), text);
      expect(drain(makeSpool(dir))).toEqual(["a"]);
      expect(makeSpool(join(dir, "live")).status.recovered).toBe(0);
    },
  );

  it("leaves alone and counts what is not its own", () => {
    const dir = makeFolder();
    const folder = makeDeadFolder(dir, {
      "00000001.jsonl": "a\n",
      "00000002.jsonl": "",
      empty: "",
      "notes.txt": "b\n",
      "1.jsonl": "c\n",
      "00000007.done": "\n0 2 .\n",
    });
    fs.mkdirSync(join(folder, "00000003.jsonl"));
    fs.symlinkSync(join(folder, "notes.txt"), join(folder, "00000004.jsonl"));
    fs.writeFileSync(join(dir, "readme"), "d\n");
    fs.writeFileSync(join(dir, "99999999-0123456789abcdef"), "e\n");
    fs.mkdirSync(join(dir, "folder"));
    const spool = makeSpool(dir);
    expect(spool.status).toMatchObject({ recovered: 1, foreign: 5 + 3, torn: 0 });
    expect(drain(spool)).toEqual(["a"]);
    spool.close();
    expect(fileNames(dir).sort()).toEqual(["1.jsonl", "99999999-0123456789abcdef", "empty", "notes.txt", "readme"]);
    expect(makeSpool(dir).status).toMatchObject({ recovered: 0, foreign: 8 });
  });

  it("skips and counts lines that are no records", () => {
    const dir = makeFolder();
    const lines = ["a", "", "nul \0", "bad \xff utf-8", "b", "torn"].join("\n");
    makeDeadFolder(dir, { "00000001.jsonl": Buffer.from(lines, "latin1") });
    const spool = makeSpool(dir);
    expect(spool.status).toMatchObject({ waiting: 2, recovered: 2, torn: 4 });
    expect(take(spool, 1).records).toEqual(["a"]);
    expect(drain(spool)).toEqual(["b"]);
    expect(spool.status).toMatchObject({ waiting: 0, inFlight: 1, lost: 0 });
  });

  it("skips a line of 100 MB without holding it", () => {
    const dir = makeFolder();
    const folder = makeDeadFolder(dir, { "00000001.jsonl": "a\n" });
    const path = join(folder, "00000001.jsonl");
    const part = Buffer.alloc(10_000_000, "x");
    for (let count = 0; count < 10; count++) fs.appendFileSync(path, part);
    fs.appendFileSync(path, "\nb\n");
    const before = process.memoryUsage.rss();
    const spool = makeSpool(dir);
    expect(spool.status).toMatchObject({ recovered: 2, torn: 1 });
    expect(drain(spool)).toEqual(["a", "b"]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(90_000_000);
  });

  it("deletes a folder that has nothing left to give", () => {
    const dir = makeFolder();
    makeDeadFolder(dir, { "owner.json": "{}" });
    makeDeadFolder(dir, { "00000001.jsonl": "a\n", "00000001.done": "\n0 2 .\n" });
    makeDeadFolder(dir, { "00000001.jsonl": "torn" });
    makeDeadFolder(dir, { "00000001.jsonl": "" });
    expect(makeSpool(dir).status).toMatchObject({ recovered: 0, torn: 1, bytes: 0, foreign: 0 });
    expect(listFolders(dir)).toEqual([]);
  });

  it.each([
    ["a number that was torn", "\n0 4"],
    ["a line torn by a full disk", "\n0 2 .\n\n2 4\n4 6 .\n"],
    ["the middle of a record", "\n0 1 .\n"],
    ["more than there is", "\n0 900 .\n"],
    ["nothing that can be read", "\0\xff 1 2 ."],
    ["a range from behind", "\n4 2 .\n"],
  ])("loses no record to a side file that speaks of %s", (_, done) => {
    const dir = makeFolder();
    makeDeadFolder(dir, { "00000001.jsonl": "aa\nbb\ncc\n", "00000001.done": done });
    expect(drain(makeSpool(dir))).toEqual(["aa", "bb", "cc"]);
  });

  it("believes each whole line of a side file", () => {
    const dir = makeFolder();
    makeDeadFolder(dir, { "00000001.jsonl": "a\nb\nc\nd\n", "00000001.done": "\n4 6 .\n\n0 \n\n0 2 .\n" });
    expect(drain(makeSpool(dir))).toEqual(["b", "d"]);
  });

  it("tells the end of one segment from the same place in the next", () => {
    const dir = makeFolder();
    makeDeadFolder(dir, {
      "00000001.jsonl": "a\nb\n",
      "00000002.jsonl": "c\nd\ne\n",
      "00000002.done": "\n0 4 .\n",
    });
    expect(take(makeSpool(dir)).records).toEqual(["a", "b", "e"]);
  });

  it("takes a folder over alone, whoever else is about to", () => {
    const dir = makeFolder();
    makeDeadFolder(dir, { "00000001.jsonl": "a\n" });
    const rivals: Spool[] = [];
    const lstatSync = ((...args: Parameters<typeof fs.lstatSync>) => {
      const found = fs.lstatSync(...args);
      if (rivals.length === 0) rivals.push(makeSpool(dir));
      return found;
    }) as typeof fs.lstatSync;
    const spool = makeSpool(dir, {}, makeFileSystem({ lstatSync }));
    expect([spool, ...rivals].map(({ status }) => status.recovered)).toEqual([0, 1]);
    expect(drain(rivals[0]!)).toEqual(["a"]);
  });

  onLinux("takes over the folder of a process that is dead and was not waited for", () => {
    const dir = makeFolder();
    const child = spawn("/bin/sleep", ["60"], { stdio: "ignore" });
    const folder = join(dir, `${child.pid!}-0123456789abcdef`);
    fs.mkdirSync(folder);
    fs.writeFileSync(join(folder, "00000001.jsonl"), "a\n");
    expect(makeSpool(dir).status.recovered).toBe(0);
    child.kill("SIGKILL");
    // Node.js waits for its children between two turns: within this one the child stays a zombie.
    while (!/\) Z /.test(fs.readFileSync(`/proc/${child.pid!}/stat`, "utf8")));
    expect(drain(makeSpool(dir))).toEqual(["a"]);
  });

  it("gives every whole record before any point of truncation", () => {
    const records = ["a", "bé", "c".repeat(30), "d"];
    const bytes = Buffer.from(records.map((record) => `${record}\n`).join(""));
    const borders = records.map((_, index) => Buffer.byteLength(`${records.slice(0, index + 1).join("\n")}\n`));
    for (let length = 1; length <= bytes.length; length++) {
      const dir = makeFolder();
      makeDeadFolder(dir, { "00000001.jsonl": bytes.subarray(0, length) });
      const spool = makeSpool(dir);
      const whole = borders.filter((border) => border <= length).length;
      expect(spool.status.torn).toBe(borders.includes(length) ? 0 : 1);
      expect(drain(spool, 2)).toEqual(records.slice(0, whole));
    }
  });

  it("starts, works and ends with any bytes in any of its files", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom("\n", "a", "\0", "\xff", "0", "2", " ", ".", "{", '"', "pid"), { maxLength: 40 })
        .map((parts) => Buffer.from(parts.join(""), "latin1")),
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, bytes, (first, second, done, owner) => {
        const dir = makeFolder();
        const files = { "00000001.jsonl": Buffer.concat([Buffer.from("whole\n"), first]), "00000002.jsonl": second };
        makeDeadFolder(dir, { ...files, "00000001.done": done, "owner.json": owner });
        const spool = makeSpool(dir);
        const { recovered } = spool.status;
        const isForgotten = done.toString("latin1").includes(" .");
        keep(spool, "own");
        const records = drain(spool, 2);
        expect(records).toHaveLength(recovered + 1);
        expect(records.at(-1)).toBe("own");
        if (!isForgotten) expect(records[0]).toBe("whole");
        expect(spool.status).toMatchObject({ waiting: 0, inFlight: 0, lost: 0 });
        spool.close();
        expect(listFiles(dir)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
