import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { SCENARIOS, type Scenario } from "../support/llm-server/scenarios.js";
import { Traces } from "../support/traces.js";
import { OPERATIONS } from "./operations.js";
import { type ClientOptions, type Script, expectTwins, settle } from "./twins.js";

const EVERYWHERE: readonly Scenario[] = [
  "json",
  "bad-request",
  "rate-limited",
  "server-error",
  "reset",
  "malformed-json",
  "cut-mid-stream",
];
const OF_CHATS: readonly Scenario[] = ["tools", "refusal", "length"];
const OF_SCHEMAS: readonly Scenario[] = ["json-invalid"];
const OF_STREAMS: readonly Scenario[] = [
  "two-choices",
  "usage-details",
  "closed-without-finish",
  "closed-without-done",
  "error-event",
  "failed-event",
  "bytes",
];

function outcomesOf(operation: string): Scenario[] {
  return [
    ...EVERYWHERE,
    ...(/embeddings/.test(operation) ? [] : OF_CHATS),
    ...(/parse|helper/.test(operation) ? OF_SCHEMAS : []),
    ...(/stream/.test(operation) ? OF_STREAMS : []),
  ];
}

// One for the file: starting it for each of so many cells would take longer than they do.
let traces: Traces;
beforeAll(() => {
  traces = new Traces();
});
beforeEach(() => traces.reset());
afterAll(() => traces.telemetry.shutdown());

// Each test is two programs with a server each, on machines that may do other things.
jest.setTimeout(30_000);

describe.each(OPENAI_MAJORS)("%s, plain and traced alike", (_major, OpenAI) => {
  async function expectTracedTwins(script: Script, options?: ClientOptions): Promise<void> {
    const { opened } = await expectTwins(traces, OpenAI, script, options);
    expect(opened).toBeGreaterThan(0);
    expect(traces.spans).toHaveLength(opened);
  }

  describe.each(Object.entries(OPERATIONS))("%s", (name, operation) => {
    it.each(outcomesOf(name))("%s", async (outcome) => {
      await expectTracedTwins((twin) => {
        // With answers of calls only, `runTools` would go on until it is stopped.
        twin.server.answer("tools", ...SCENARIOS.tools, ...SCENARIOS.text);
        return operation(twin, outcome);
      });
    });

    it("no answer in time", async () => {
      await expectTracedTwins((twin) => operation(twin, "hang"), { timeout: 150, maxRetries: 0 });
    });

    it("aborted before the call", async () => {
      await expectTracedTwins((twin) => operation(twin, "text", { signal: AbortSignal.abort() }));
    });

    it("aborted while waiting for the answer", async () => {
      await expectTracedTwins(async (twin) => {
        const controller = new AbortController();
        const done = settle(() => operation(twin, "hang", { signal: controller.signal }));
        const { ended } = await twin.server.arrived("hang");
        controller.abort(new Error("no longer wanted"));
        twin.see("connection", await ended);
        return done;
      });
    });
  });
});
