import { readFileSync } from "node:fs";
import * as helpers from "openai/helpers/zod";
import * as helpers6 from "openai-6/helpers/zod";
import { type LlmServer, startLlmServer } from "../llm-fixture-server.js";
import { OPENAI_MAJORS, openAIOf } from "../llm-server/clients.js";
import { CELLS, judge, type Measured, runCell } from "./cells.cjs";

const measured = JSON.parse(readFileSync("docs/measured/instrumentations.json", "utf8")) as Measured;

describe.each(OPENAI_MAJORS)("the measured cells, %s alone", (name, Class) => {
  const major = name.slice(-1);
  let server: LlmServer;
  beforeAll(async () => {
    server = await startLlmServer();
  });
  afterAll(() => server.close());

  it.each(CELLS.map((cell) => [cell.name, cell] as const))("go as they were measured: %s", async (key, cell) => {
    const kit = {
      client: openAIOf(server, Class),
      helpers: major === "7" ? helpers : helpers6,
      arrived: (model: string) => server.arrived(model),
      ended: async (model: string) => (await server.arrived(model)).ended,
    };
    const { seen } = await runCell(cell, kit, key);
    expect(judge(seen, measured.alone[key]?.[major] ?? {})).toBe("ok");
  });
});
