import { drain, fileNames, killOwners, listFolders, makeFolder, makeSpool, removeFolders } from "./spool-folder";
import { startSpool } from "./spool-process";

afterEach(removeFolders);

const ROUNDS = 20;
const AT_ONCE = 2;
const nameOf = (record: string): string => record.slice(0, record.indexOf(" "));

describe("a process killed while it appends", () => {
  it(`has lost no record that was acknowledged, in ${ROUNDS} rounds`, async () => {
    const dir = makeFolder();
    for (let round = 0; round < ROUNDS; round += AT_ONCE) {
      const pair = Array.from({ length: AT_ONCE }, (_, index) => startSpool(dir, `r${round + index}`, 1_000_000));
      await Promise.all(pair.map(({ ready }) => ready));
      pair.forEach((writer) => writer.go());
      await Promise.all(
        pair.map(async ({ child, reached, ended }, index) => {
          await reached(1 + (((round + index) * 37) % 400));
          child.kill("SIGKILL");
          await ended;
        }),
      );
      expect(listFolders(dir)).toHaveLength(AT_ONCE);
      const spool = makeSpool(dir);
      const { torn, foreign } = spool.status;
      expect(torn + foreign).toBeLessThanOrEqual(AT_ONCE);
      const records = drain(spool).map(nameOf);
      for (const [index, { said }] of pair.entries()) {
        expect(said.length).toBeGreaterThan(0);
        const ours = records.filter((name) => name.startsWith(`r${round + index}.`));
        expect(ours).toEqual(ours.map((_, at) => `r${round + index}.${at}`));
        expect(ours.length).toBeGreaterThanOrEqual(said.length);
      }
      spool.close();
      expect(fileNames(dir)).toEqual([]);
    }
  }, 120_000);
});

describe("several processes in one folder", () => {
  it("keep apart while they live", async () => {
    const dir = makeFolder();
    const writers = ["a", "b"].map((name) => startSpool(dir, name, 1_000_000));
    await Promise.all(writers.map(({ ready }) => ready));
    writers.forEach((writer) => writer.go());
    await Promise.all(writers.map(({ reached }) => reached(100)));
    const spool = makeSpool(dir);
    expect(spool.status).toMatchObject({ recovered: 0, foreign: 0 });
    expect(listFolders(dir)).toHaveLength(2);
    writers.forEach(({ child }) => child.kill("SIGKILL"));
    await Promise.all(writers.map(({ ended }) => ended));
    const names = new Set(drain(makeSpool(dir)).map(nameOf));
    for (const [index, name] of ["a", "b"].entries())
      expect(writers[index]!.said.filter((record) => !names.has(`${name}.${record}`))).toEqual([]);
  }, 60_000);

  it("share what the dead have left, each record to one of them", async () => {
    const dir = makeFolder();
    const names: string[] = [];
    for (let writer = 0; writer < 60; writer++) {
      const spool = makeSpool(dir);
      for (let index = 0; index < 20; index++) {
        names.push(`w${writer}.${index}`);
        spool.append(`w${writer}.${index} x`);
      }
    }
    const heirs = ["a", "b", "c"].map((name) => startSpool(dir, name, 0));
    await Promise.all(heirs.map(({ ready }) => ready));
    killOwners(dir);
    heirs.forEach((heir) => heir.go());
    await Promise.all(heirs.map(({ ended }) => ended));
    expect(heirs.flatMap(({ said }) => said).sort()).toEqual(names.sort());
    expect(fileNames(dir)).toEqual([]);
  }, 60_000);
});
