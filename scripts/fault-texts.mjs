// Checks that every planted fault can be planted: its text occurs once in its file. Planting them is mutation-check.mjs.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

import { Checklist, expectNone } from "./support/checklist.mjs";

const FAULTS = resolve("spec/mutations");

const checklist = new Checklist();
for (const area of readdirSync(FAULTS).sort()) {
  const { faults } = await import(join(FAULTS, area));
  await checklist.check(`${area}: the texts of ${faults.length} faults`, () => {
    const misplaced = faults.filter(({ file, find }) => !existsSync(file) || countOf(find, file) !== 1);
    expectNone(
      "not once in its file",
      misplaced.map(({ name, file }) => `${name} (${file})`),
    );
  });
}
checklist.finish();

function countOf(text, file) {
  return readFileSync(file, "utf8").split(text).length - 1;
}
