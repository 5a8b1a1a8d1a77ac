import { SpanKind } from "@opentelemetry/api";
import OpenAI from "openai";
import OpenAI6 from "openai-6";
import * as helpers6 from "openai-6/helpers/zod";
import * as helpers7 from "openai/helpers/zod";
import { traced } from "../../lib/index.js";
import { traceOpenAI } from "../../lib/openai/index.js";
import { readCallTables, summarizeCall } from "../support/call-table.js";
import { collectUntil } from "../support/garbage.js";
import { CELLS, type Kit, runCell } from "../support/instrumentations/cells.cjs";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { Traces } from "../support/traces.js";

/** The tables are the expectation: what users read there is what happens here. */
const EXPECTED = readCallTables("docs/instruments.md", "What a call leaves");

const MAJORS = [
  { major: "openai 7", newClient: (options: object) => new OpenAI(options), helpers: helpers7 },
  { major: "openai 6", newClient: (options: object) => new OpenAI6(options) as unknown as OpenAI, helpers: helpers6 },
];

let server: LlmServer;
let traces: Traces;
beforeAll(async () => void (server = await startLlmServer()));
afterAll(() => server.close());
beforeEach(() => (traces = new Traces()));
afterEach(() => traces.telemetry.shutdown());

it("has a cell for every operation and outcome, and none besides", () => {
  expect(
    [...EXPECTED]
      .filter(([, cell]) => cell !== "–")
      .map(([name]) => name)
      .sort(),
  ).toEqual(CELLS.map(({ name }) => name).sort());
});

describe.each(MAJORS)("$major", ({ major, newClient, helpers }) => {
  it.each(CELLS.map((cell) => [cell.name, EXPECTED.get(cell.name) ?? "no cell", cell] as const))(
    "%s: %s",
    async (name, expected, cell) => {
      const client = traceOpenAI(newClient({ apiKey: "none", baseURL: server.url }));
      const kit: Kit = {
        client,
        helpers,
        arrived: (model) => server.arrived(model),
        ended: async (model) => (await server.arrived(model)).ended,
      };
      const caller = traced("caller", () => runCell(cell, kit, `${major} ${name}`.replace(/\W+/g, "-")));
      const { model } = await caller();
      // The span of a stream that nobody reads ends when the stream is collected.
      await collectUntil(() => traces.spans.length > 1);
      const [call, ...others] = traces.spans.filter((span) => span.name !== "caller");
      expect(others).toEqual([]);
      expect(call).toMatchObject({
        name: `${cell.operation.name === "embeddings" ? "embeddings" : "chat"} ${model}`,
        kind: SpanKind.CLIENT,
        parentSpanContext: { spanId: traces.span("caller").spanContext().spanId },
      });
      // Where the majors differ, the cell says so.
      const [seven, six = seven] = expected.split("; on 6 ");
      expect(call === undefined ? "no span" : summarizeCall(call)).toBe(major === "openai 6" ? six : seven);
      expect(traces.faults).toEqual({});
    },
  );
});
