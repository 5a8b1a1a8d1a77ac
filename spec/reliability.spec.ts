import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "..");
const page = readFileSync(join(ROOT, "docs/reliability.md"), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (fault|end) /.test(line));
const references = [...page.matchAll(/`(spec\/[\w./-]+)(?: › ([^`]+))?`/g)].map(([, file = "", title]) => ({
  file,
  title,
}));

describe("docs/reliability.md", () => {
  it("names in every row what shows it", () => {
    expect(rows.filter((row) => !/`spec\/[^`]+` \|$/.test(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(35);
  });

  it.each(references)("names what exists: $file › $title", ({ file, title }) => {
    const path = join(ROOT, file);
    expect(existsSync(path)).toBe(true);
    if (title === undefined) return;
    expect(readFileSync(path, "utf8")).toContain(`"${title}"`);
  });

  it("quotes the figures that were measured", () => {
    const measured = JSON.parse(readFileSync(join(ROOT, "docs/measured/reliability.json"), "utf8")) as {
      kills: { rounds: number; acknowledged: number; lost: number };
      bursts: { scenarios: { ended: number; lost: number; heldMiB: number }[] };
      soak: { minutes: number; heapMiB: number[]; descriptors: number[]; processors: { ended: number }[] };
    };
    const { kills, bursts, soak } = measured;
    const [loop, , durable] = bursts.scenarios;
    expect({ lost: kills.lost, rounds: kills.rounds }).toEqual({ lost: 0, rounds: 200 });
    expect({ ended: loop?.ended, durable: durable?.lost }).toEqual({ ended: 1_000_000, durable: 0 });
    expect(soak.minutes).toBe(20);
    const number = (value = -1): string => value.toLocaleString("en-US");
    expect(page).toContain(`0 of ${number(kills.acknowledged)} acknowledged spans lost in ${kills.rounds} rounds`);
    expect(page).toContain(`(${number(loop?.heldMiB)} MiB held)`);
    expect(page).toContain(`heap ${soak.heapMiB.join(" → ")} MiB`);
    expect(page).toContain(`descriptors ${soak.descriptors.join(" → ")}`);
    expect(page).toContain(`${number(soak.processors[0]?.ended)} spans`);
  });
});
