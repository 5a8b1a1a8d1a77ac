const facts = ["spool/spool.spec.ts"];
const recovery = ["spool/recovery.spec.ts"];
const disk = ["spool/failing-disk.spec.ts"];
const commit = ["spool/group-commit.spec.ts"];
const killed = ["spool/killed.spec.ts"];

const spool = "lib/spool/spool.ts";
const options = "lib/spool/spool-options.ts";
const writer = "lib/spool/segment-writer.ts";
const segment = "lib/spool/segment.ts";
const settled = "lib/spool/settled-ranges.ts";
const queue = "lib/spool/range-queue.ts";
const reader = "lib/spool/read-records.ts";
const owner = "lib/spool/owner.ts";
const adopt = "lib/spool/adopt-folders.ts";
const sync = "lib/spool/disk-sync.ts";

/** Records that are on disk until they are delivered: what is kept, given, given again, and taken over from the dead. */
export const faults = [
  {
    name: "a short write counts as whole",
    file: writer,
    find: "if (count !== line.length) throw",
    replace: "if (count < 0) throw",
    specs: disk,
  },
  {
    name: "half a line is left at the end",
    file: writer,
    find: "      this.#cutTail();\n",
    replace: "",
    specs: disk,
  },
  {
    name: "a line is written behind half a one",
    file: spool,
    find: "if (this.#writer.isTorn) this.#seal();",
    replace: "",
    specs: disk,
  },
  {
    name: "a deleted file is written on",
    file: writer,
    find: "return found?.ino === this.#inode && found.dev === this.#device;",
    replace: "return true;",
    specs: facts,
  },
  {
    name: "files can be read by everybody",
    file: writer,
    find: "fs.openSync(segment.path, FLAGS, 0o600)",
    replace: "fs.openSync(segment.path, FLAGS, 0o644)",
    specs: facts,
  },
  {
    name: "the folder can be listed by everybody",
    file: spool,
    find: "{ recursive: true, mode: 0o700 }",
    replace: "{ recursive: true }",
    specs: facts,
  },
  {
    name: "the side file can be read by everybody",
    file: segment,
    find: 'this.#donePath, "a", 0o600',
    replace: 'this.#donePath, "a", 0o644',
    specs: facts,
  },
  {
    name: "maxBytes may be exceeded by a record",
    file: spool,
    find: "if (this.#bytes + length <= maxBytes) return true;",
    replace: "if (this.#bytes <= maxBytes) return true;",
    specs: facts,
  },
  {
    name: "a spool of settled records stays full",
    file: options,
    find: "Math.min(segmentBytes, largest)",
    replace: "segmentBytes",
    specs: facts,
  },
  {
    name: "a record with a NUL is kept and never given",
    file: spool,
    find: ' && !record.includes("\\0")',
    replace: "",
    specs: facts,
  },
  {
    name: "a record that is larger than what is read is kept",
    file: spool,
    find: 'if (line.length > MAX_RECORD_BYTES + 1) return "failed";',
    replace: "",
    specs: facts,
  },
  {
    name: "a segment is deleted while records of it are in flight",
    file: spool,
    find: "if (segment.unsettled > 0 || segment === this.#writer?.segment) continue;",
    replace: "if (segment.unsettled > 1 || segment === this.#writer?.segment) continue;",
    specs: disk,
  },
  {
    name: "settled segments are never deleted",
    file: spool,
    find: "    for (const range of ranges) range.segment.settle(range);\n    this.#sweep();\n",
    replace: "    for (const range of ranges) range.segment.settle(range);\n",
    specs: facts,
  },
  {
    name: "progress inside a segment is not written down",
    file: spool,
    find: "if (this.#segments.has(segment)) segment.writeSettled(this.#fs);",
    replace: "this.#segments.has(segment);",
    specs: recovery,
  },
  {
    name: "progress that the disk refused is forgotten",
    file: segment,
    find: 'if (fs.writeSync(descriptor, bytes, 0, bytes.length) === bytes.length) this.#unwritten = "";',
    replace: 'this.#unwritten = "";\n        fs.writeSync(descriptor, bytes, 0, bytes.length);',
    specs: disk,
  },
  {
    name: "half a number of the side file is believed",
    file: settled,
    find: "const LINE = /^(\\d{1,15}) (\\d{1,15}) \\.$/;",
    replace: "const LINE = /^(\\d{1,15}) (\\d{1,15})/;",
    specs: recovery,
  },
  {
    name: "a side file that speaks of half records is believed",
    file: adopt,
    find: "const stretches = isSound ? open : [{ start: 0, end: this.#size }];",
    replace: "const stretches = open;",
    specs: recovery,
  },
  {
    name: "released records go to the end",
    file: queue,
    find: ".sort((a, b) => a.segment.order - b.segment.order || a.start - b.start);",
    replace: ";",
    specs: facts,
  },
  {
    name: "ranges of two segments are joined",
    file: queue,
    find: "return last.segment === range.segment && last.end === range.start;",
    replace: "return last.end === range.start;",
    specs: recovery,
  },
  {
    name: "a released batch can be settled still",
    file: spool,
    find: "    this.#inFlight.delete(batch);\n    this.#waiting.putBack(ranges);",
    replace: "    this.#waiting.putBack(ranges);",
    specs: facts,
  },
  {
    name: "invalid UTF-8 is given",
    file: reader,
    find: " && isUtf8(line)",
    replace: "",
    specs: recovery,
  },
  {
    name: "records are lost where the file ends too soon, and nobody counts them",
    file: spool,
    find: "if (end === range.end) this.#lose(segment, left);",
    replace: "",
    specs: facts,
  },
  {
    name: "a torn tail is not counted",
    file: reader,
    find: "if (line.isOpen) visit(undefined, position);",
    replace: "",
    specs: recovery,
  },
  {
    name: "a line of any length is held",
    file: reader,
    find: "if (this.#length > MAX_RECORD_BYTES) this.#parts = [];\n    else if",
    replace: "if",
    specs: recovery,
  },
  {
    name: "records that cannot be read for a moment are lost",
    file: spool,
    find: "if (records === 0 && isMissing(error)) {",
    replace: "if (records === 0) {",
    specs: disk,
  },
  {
    name: "a live owner's folder is taken",
    file: owner,
    find: "if (!isRunning(pid)) return true;",
    replace: "return true;",
    specs: killed,
  },
  {
    name: "a later process of the same number keeps a folder for ever",
    file: owner,
    find: "(found.isZombie || differs(known?.startTime, found.startTime))",
    replace: "found.isZombie",
    specs: recovery,
  },
  {
    name: "a zombie keeps its folder",
    file: owner,
    find: '{ startTime, isZombie: fields[STATE_FIELD] === "Z" }',
    replace: "{ startTime, isZombie: false }",
    specs: recovery,
  },
  {
    name: "a folder that was claimed a moment ago is judged by its former owner",
    file: owner,
    find: "const known = owner?.pid === pid ? owner : undefined;",
    replace: "const known = owner;",
    specs: recovery,
  },
  {
    name: "a dead owner's folder is read without a claim",
    file: adopt,
    find: "      const claimed = join(dir, folderName(process.pid));\n      this.#fs.renameSync(path, claimed);\n",
    replace: "      const claimed = path;\n",
    specs: recovery,
  },
  {
    name: "segments are read in the order of their names",
    file: adopt,
    find: "return found.sort((a, b) => Number(a.name) - Number(b.name));",
    replace: "return found;",
    specs: recovery,
  },
  {
    name: "folders are read in the order of their names",
    file: adopt,
    find: "(a?.modifiedMillis ?? 0) - (b?.modifiedMillis ?? 0)",
    replace: "0",
    specs: recovery,
  },
  {
    name: "a closed spool keeps its folder until the process ends",
    file: spool,
    find: "if (isUsed || !this.#discard(folder)) this.#abandon(folder);",
    replace: "if (!isUsed) this.#discard(folder);",
    specs: recovery,
  },
  {
    name: "every write is followed by a sync of its own",
    file: sync,
    find: "this.#timer ??= setTimeout(",
    replace: "this.#timer = setTimeout(",
    specs: commit,
  },
  {
    name: "a flush is content with the sync that runs",
    file: sync,
    find: "const sync = this.#last.then(() => this.#syncAll());",
    replace: "const sync = this.#syncing.size > 0 ? this.#last : this.#last.then(() => this.#syncAll());",
    specs: commit,
  },
  {
    name: "a file is closed while it is being synced",
    file: sync,
    find: "if (this.#dirty.has(descriptor) || this.#syncing.has(descriptor)) this.#retired.add(descriptor);",
    replace: "if (this.#dirty.has(descriptor)) this.#retired.add(descriptor);",
    specs: commit,
  },
  {
    name: "a sync that failed is not tried again",
    file: sync,
    find: "if (!this.#retired.has(descriptor)) this.wrote(descriptor);",
    replace: "",
    specs: commit,
  },
  {
    name: "closing does not sync",
    file: sync,
    find: "        this.#fs.fdatasyncSync(descriptor);\n",
    replace: "",
    specs: commit,
  },
  {
    name: "a spool looks once only whether its file is there",
    file: "lib/spool/spool.ts",
    find: "now - this.#lookedAt < LOOK_MILLIS) return;",
    replace: "this.#lookedAt > 0) return;",
    specs: ["spool/spool.spec.ts"],
  },
];
