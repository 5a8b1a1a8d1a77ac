import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type NestProject, ROOT, makeNestProject } from "./nest-project.js";

const examples = [...readFileSync(join(ROOT, "docs/nestjs.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code = ""], at) => ({ at: at + 1, code }),
);

let project: NestProject;
beforeAll(async () => (project = await makeNestProject()), 30_000);
afterAll(() => project?.remove());

it.each(examples)("example $at of docs/nestjs.md prints what it says, and not a word more", async ({ at, code }) => {
  const promised = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].flatMap(([, text = ""]) =>
    text.split(", then "),
  );
  expect(promised.length).toBeGreaterThan(0);
  const program = project.compile(`example-${String(at)}.ts`, code);
  // Where traces go by default is said on stderr, as a warning.
  const printed = await project.run(program, { logLevel: "error" });
  expect(printed.split("\n").filter(Boolean)).toEqual(promised);
});
