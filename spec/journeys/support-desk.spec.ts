import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tokenize } from "../../samples/local-openai/tokens";
import { readMessages } from "../../samples/support-desk/messages";
import { runSample, type SampleRun } from "./run-sample";
import {
  drawTrees,
  inputOf,
  mergeSpans,
  messagesOf,
  modelCallsIn,
  outputOf,
  readTraceFile,
  theSpan,
  type FileSpan,
} from "./trace-file";

const MESSAGES = readMessages(join(__dirname, "../../samples/support-desk/messages.txt"));

/** What the rules of the local server find in each message, and the state of its orders. */
const EXPECTED: Readonly<Record<string, { topic: string; urgency: string; person: string; orders: string[] }>> = {
  "m-1": { topic: "delivery", urgency: "high", person: "Dana Whitfield", orders: ["A-1042"] },
  "m-2": { topic: "billing", urgency: "high", person: "Marcus Oduya", orders: ["B-2217"] },
  "m-3": { topic: "outage", urgency: "high", person: "Priya Raman", orders: [] },
  "m-4": { topic: "account", urgency: "low", person: "Lena Fischer", orders: [] },
  "m-5": { topic: "delivery", urgency: "normal", person: "Tom Becker", orders: ["Z-9999"] },
  "m-6": { topic: "other", urgency: "low", person: "Dana Whitfield", orders: [] },
  "m-7": { topic: "delivery", urgency: "normal", person: "Beatriz Costa", orders: [] },
  "m-8": { topic: "damage", urgency: "high", person: "Rosa Delgado", orders: ["C-3301", "C-3302"] },
};
const UNKNOWN_ORDER = "Z-9999";
const CALL = "chat local-rules-1";
const AFTER_TRIAGE = ["lookup_order", "draft_reply", "SupportDesk.checkReply"];

describe("samples/support-desk", () => {
  let sample: SampleRun;
  let traces: FileSpan[];
  let debug: FileSpan[];
  let spans: FileSpan[];

  beforeAll(async () => {
    sample = await runSample("support-desk");
    traces = readTraceFile(join(sample.out, "traces.jsonl"));
    debug = readTraceFile(join(sample.out, "debug.jsonl"));
    spans = mergeSpans(traces, debug);
  }, 40_000);
  afterAll(() => sample?.removeOut());

  const spansOf = (id: string) => spans.filter(({ attributes }) => attributes["respan.metadata.message_id"] === id);
  const spanOf = (id: string, name: string) => theSpan(spansOf(id), name);
  const printedReply = (id: string) =>
    new RegExp(`^--- ${id} \\(\\w+\\)\\n([^]*?)\\n\\n(?=---|Answered)`, "m").exec(sample.stdout)?.[1];
  const callBelow = (id: string, name: string) =>
    theSpan(
      spans.filter(({ parentSpanId }) => parentSpanId === spanOf(id, name).spanId),
      CALL,
    );
  const namesOf = (list: readonly FileSpan[]) => new Set(list.map(({ name }) => name));

  it("writes two files, and nothing on stderr", () => {
    expect(readdirSync(sample.out).sort()).toEqual(["debug.jsonl", "traces.jsonl"]);
    expect(sample.stderr).toBe("");
  });

  it("has a trace of its own for each of the eight messages, and no other", () => {
    expect(MESSAGES.map(({ id }) => id)).toEqual(Object.keys(EXPECTED));
    const traceIds = MESSAGES.map(({ id }) => [...new Set(spansOf(id).map(({ traceId }) => traceId))]);
    expect(traceIds.map((ids) => ids.length)).toEqual(MESSAGES.map(() => 1));
    expect(new Set(traceIds.flat()).size).toBe(8);
    expect(MESSAGES.flatMap(({ id }) => spansOf(id))).toHaveLength(spans.length);
  });

  it.each(MESSAGES)("draws the tree of $id: triage, a look-up per order, the reply, the check", ({ id }) => {
    expect(drawTrees(spansOf(id))).toEqual([
      "workflow handle_message",
      "  task classify",
      `    llm ${CALL}`,
      "  task extract_facts",
      `    llm ${CALL}`,
      ...EXPECTED[id]!.orders.map((order) => `  tool lookup_order${order === UNKNOWN_ORDER ? " !" : ""}`),
      "  task draft_reply",
      `    llm ${CALL}`,
      "  task SupportDesk.checkReply",
    ]);
  });

  it.each(MESSAGES)("puts customer, thread and metadata on every span of $id", ({ id, customer, thread }) => {
    const lateCall = callBelow(id, "draft_reply");
    for (const span of spansOf(id)) {
      const { name, attributes, kind, serviceName } = span;
      expect({ name, kind, serviceName, ...pick(attributes, /^(respan\.(?!processors)|user\.|session\.)/) }).toEqual({
        name,
        kind: name === CALL ? 3 : 1,
        serviceName: "support-desk",
        "respan.customer_params.customer_identifier": customer,
        "user.id": customer,
        "respan.threads.thread_identifier": thread,
        "session.id": thread,
        "respan.metadata.message_id": id,
        // Set by the workflow around its last steps; the earlier ones and the workflow do not have it.
        ...((AFTER_TRIAGE.includes(name) || span === lateCall) && { "respan.metadata.urgency": EXPECTED[id]!.urgency }),
      });
    }
  });

  it.each(MESSAGES)("records input and output of the steps of $id", ({ id, customer, thread, text }) => {
    const { topic, urgency, person, orders } = EXPECTED[id]!;
    const classification = outputOf(spanOf(id, "classify"));
    const facts = outputOf(spanOf(id, "extract_facts"));
    const reply = outputOf(spanOf(id, "draft_reply"));

    expect(inputOf(spanOf(id, "classify"))).toEqual({ text });
    expect(classification).toMatchObject({ topic, urgency });
    expect(inputOf(spanOf(id, "extract_facts"))).toEqual({ text });
    expect(facts).toMatchObject({ people: [person], orders });

    expect(inputOf(spanOf(id, "draft_reply"))).toEqual({
      message: text,
      classification,
      facts,
      orders: orders.map((number) =>
        number === UNKNOWN_ORDER
          ? { number, isFound: false }
          : expect.objectContaining({ number, item: expect.any(String) }),
      ),
    });
    expect(inputOf(spanOf(id, "SupportDesk.checkReply"))).toEqual({ reply, facts });
    expect(outputOf(spanOf(id, "SupportDesk.checkReply"))).toEqual([]);

    expect(inputOf(spanOf(id, "handle_message"))).toEqual({ message: { id, customer, thread, text } });
    expect(outputOf(spanOf(id, "handle_message"))).toEqual({ id, urgency, reply, unmentioned: [] });
  });

  it.each(MESSAGES)(
    "records the three calls of $id, each a part of the conversation of its thread",
    ({ id, thread }) => {
      const expectCall = (step: string, answer: string, request: object) => {
        const call = callBelow(id, step);
        expect(pick(call.attributes, /^gen_ai\.(?!(input|output)\.messages|response\.(id|time))/)).toEqual({
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openai",
          "gen_ai.conversation.id": thread,
          "gen_ai.request.model": "local-rules-1",
          ...request,
          "gen_ai.response.model": "local-rules-1",
          "gen_ai.response.finish_reasons": ["stop"],
          "gen_ai.usage.input_tokens": expect.any(Number),
          "gen_ai.usage.output_tokens": tokenize(answer).length,
        });
        expect(messagesOf(call)).toEqual({
          input: [
            {
              role: "system",
              parts: [{ type: "text", content: expect.stringMatching(/^You [^]* of a support desk\./) }],
            },
            { role: "user", parts: [{ type: "text", content: expect.any(String) }] },
          ],
          output: [{ role: "assistant", parts: [{ type: "text", content: answer }], finish_reason: "stop" }],
        });
      };
      expectCall("classify", JSON.stringify(outputOf(spanOf(id, "classify"))), { "gen_ai.output.type": "json" });
      expectCall("extract_facts", JSON.stringify(outputOf(spanOf(id, "extract_facts"))), {
        "gen_ai.output.type": "json",
      });
      expectCall("draft_reply", String(outputOf(spanOf(id, "draft_reply"))), { "gen_ai.request.stream": true });
    },
  );

  it.each(MESSAGES)("records the streamed reply of $id as the text that is printed, with its chunks", ({ id }) => {
    const { attributes, startNanos, endNanos } = spanOf(id, "draft_reply");
    const reply = outputOf(spanOf(id, "draft_reply"));
    const firstName = EXPECTED[id]!.person.split(" ")[0];

    expect(reply).toMatch(new RegExp(`^Hello ${firstName},\\n\\n[^]+\\n\\nKind regards,\\nThe support desk$`));
    expect(reply).toBe(printedReply(id));
    expect(attributes["spandrel.stream.outcome"]).toBe("completed");
    expect(attributes["spandrel.stream.chunk_count"]).toBe(tokenize(String(reply)).length);

    // The server waits 15 ms before its first chunk, and 2 ms before each of the others.
    const firstChunkMillis = Number(attributes["spandrel.stream.time_to_first_chunk_ms"]);
    const durationMillis = Number(endNanos - startNanos) / 1e6;
    expect(firstChunkMillis).toBeGreaterThan(14);
    expect(durationMillis - firstChunkMillis).toBeGreaterThan(tokenize(String(reply)).length);
  });

  it("writes replies with the facts and the orders of the message", () => {
    expect(printedReply("m-1")).toBe(
      "Hello Dana,\n\nThank you for asking about your delivery to Northwind Traders. Order A-1042 (12 folding chairs) is " +
        "in transit, due tomorrow before noon. Your message is marked as urgent; we will write again today.\n\n" +
        "Kind regards,\nThe support desk",
    );
    expect(printedReply("m-5")).toBe(
      "Hello Tom,\n\nThank you for asking about your delivery to Umbrella Labs. I could not find order Z-9999; please " +
        "check the number in your confirmation.\n\nKind regards,\nThe support desk",
    );
  });

  it("records the failed look-up on the tool, and on the tool alone", () => {
    const failed = spans.filter(({ status, events }) => status.code !== 0 || events.length > 0);
    expect(failed).toHaveLength(1);
    const [lookup] = failed;
    expect(lookup).toBe(spanOf("m-5", "lookup_order"));
    expect(lookup?.status).toEqual({ code: 2, message: "There is no order Z-9999." });
    expect(lookup?.attributes["error.type"]).toBe("OrderNotFoundError");
    expect(lookup?.events).toEqual([
      {
        name: "exception",
        attributes: {
          "exception.type": "OrderNotFoundError",
          "exception.message": "There is no order Z-9999.",
          "exception.stacktrace": expect.stringMatching(
            /^OrderNotFoundError: There is no order Z-9999\.\n\s+at findOrder \([^\n]*samples\/support-desk\/orders\.ts:/,
          ),
        },
      },
    ]);
  });

  it("writes exactly these attributes on a look-up", () => {
    expect(spanOf("m-1", "lookup_order").attributes).toEqual({
      "traceloop.span.kind": "tool",
      "traceloop.entity.name": "lookup_order",
      "traceloop.entity.path": "lookup_order",
      "traceloop.workflow.name": "handle_message",
      "traceloop.entity.input": '{"number":"A-1042"}',
      "traceloop.entity.output":
        '{"number":"A-1042","item":"12 folding chairs","status":"in transit","due":"tomorrow before noon"}',
      "code.function.name": "SupportDesk.lookupOrder",
      "respan.customer_params.customer_identifier": "northwind",
      "user.id": "northwind",
      "respan.threads.thread_identifier": "t-delivery-1042",
      "session.id": "t-delivery-1042",
      "respan.metadata.message_id": "m-1",
      "respan.metadata.urgency": "high",
    });
  });

  it("has the version of the workflow on it, and an empty path", () => {
    for (const { id } of MESSAGES) {
      expect(pick(spanOf(id, "handle_message").attributes, /version|path|workflow/)).toEqual({
        "traceloop.entity.version": 1,
        "traceloop.entity.path": "",
        "traceloop.workflow.name": "handle_message",
      });
    }
  });

  it("has in the debug file what is tagged debug, in the default file all but what is tagged debug alone", () => {
    expect(debug).toHaveLength(3 * MESSAGES.length);
    expect(namesOf(debug)).toEqual(new Set(["classify", CALL, "SupportDesk.checkReply"]));
    expect(namesOf(traces)).toEqual(
      new Set(["handle_message", "classify", "extract_facts", "lookup_order", "draft_reply", CALL]),
    );
    expect(traces).toHaveLength(7 * MESSAGES.length + 5);

    const tags = new Map(
      spans.filter(({ name }) => name !== CALL).map(({ name, attributes }) => [name, attributes["respan.processors"]]),
    );
    expect([...tags].filter(([, tag]) => tag !== undefined)).toEqual([
      ["classify", ["default", "debug"]],
      ["SupportDesk.checkReply", ["debug"]],
    ]);
  });

  it("gives a call the tag of the step that made it", () => {
    expect(modelCallsIn(debug)).toHaveLength(MESSAGES.length);
    for (const { id } of MESSAGES) {
      expect(callBelow(id, "classify").attributes["respan.processors"]).toEqual(["default", "debug"]);
      for (const step of ["extract_facts", "draft_reply"]) {
        expect(callBelow(id, step).attributes).not.toHaveProperty(["respan.processors"]);
      }
    }
  });

  it("prints every trace as a tree after the replies, then where the files are", () => {
    const [, shown = ""] = sample.stdout.split("Answered by local-rules-1, offline (rules, not a language model).\n\n");
    const lines = shown.split("\n");
    expect(lines.slice(-4)).toEqual([
      "",
      `Traces: ${join(sample.out, "traces.jsonl")}`,
      `Debug:  ${join(sample.out, "debug.jsonl")}`,
      "",
    ]);

    // Durations and bars differ from run to run.
    const withoutTimes = lines
      .slice(0, -4)
      .map((line) => line.replace(/ +[\d.]+ (?:µs|ms|s) +[━╸]+ */, "  ").trimEnd());
    const tokensOf = (id: string, step: string) => {
      const { attributes } = callBelow(id, step);
      return `${String(attributes["gen_ai.usage.input_tokens"])} in / ${String(attributes["gen_ai.usage.output_tokens"])} out tokens`;
    };
    const chunksOf = ({ attributes }: FileSpan) => `${String(attributes["spandrel.stream.chunk_count"])} chunks`;
    const trees = withoutTimes.join("\n").split(/\n(?=workflow)/);
    expect(trees.sort()).toEqual(
      MESSAGES.map(({ id, customer, thread }) =>
        [
          `workflow handle_message  customer=${customer}  thread=${thread}`,
          "├─ task classify",
          `│  └─ llm ${CALL}  ${tokensOf(id, "classify")}`,
          "├─ task extract_facts",
          `│  └─ llm ${CALL}  ${tokensOf(id, "extract_facts")}`,
          ...EXPECTED[id]!.orders.map(
            (order) => `├─ tool lookup_order${order === UNKNOWN_ORDER ? "  error: There is no order Z-9999." : ""}`,
          ),
          `├─ task draft_reply  ${chunksOf(spanOf(id, "draft_reply"))}`,
          `│  └─ llm ${CALL}  ${tokensOf(id, "draft_reply")}  ${chunksOf(callBelow(id, "draft_reply"))}`,
          "└─ task SupportDesk.checkReply",
        ].join("\n"),
      ).sort(),
    );
  });

  it("handles the messages side by side: every workflow starts before the first has ended", () => {
    const workflows = spans.filter(({ name }) => name === "handle_message");
    const lastStart = workflows.map(({ startNanos }) => startNanos).reduce((a, b) => (a > b ? a : b));
    const firstEnd = workflows.map(({ endNanos }) => endNanos).reduce((a, b) => (a < b ? a : b));
    expect(lastStart).toBeLessThan(firstEnd);
  });
});

function pick(attributes: Readonly<Record<string, unknown>>, names: RegExp): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.test(name)));
}
