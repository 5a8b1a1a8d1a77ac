// Type-checks library, specs and samples: with the pinned TypeScript in both decorator modes, and with the next major.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

import { Checklist } from "./support/checklist.mjs";
import { run } from "./support/run.mjs";
import { toolCommand } from "./support/tools.mjs";

const PINNED = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const NEXT = "typescript@7.0.2";
const PROJECTS = [
  "tsconfig.json",
  "tsconfig.legacy.json",
  "samples/tsconfig.json",
  "samples/nestjs/tsconfig.json",
].filter((path) => existsSync(path));

const checklist = new Checklist();
for (const project of PROJECTS) {
  await checklist.check(`typescript (pinned) -p ${project}`, () => {
    run(process.execPath, [PINNED, "--noEmit", "--pretty", "false", "-p", project]);
  });
  await checklist.check(`${NEXT} -p ${project}`, () => {
    run(process.execPath, [toolCommand(NEXT, "tsc"), "--noEmit", "--pretty", "false", "-p", project]);
  });
}
checklist.finish();
