import { InvalidOptionError } from "../../lib/errors";
import { ConsoleSpanExporter, type ReadableSpan } from "../../lib/exporters/index";
import { makeSpan, TRACE_ID } from "../otlp/make-span";
import { makeStream } from "./text-stream";
import { exportBatch } from "./trace-file";

const KIND = "traceloop.span.kind";

/** One support request, in the order in which its spans end. */
function makeTrace(): ReadableSpan[] {
  return [
    makeSpan({
      id: 3,
      parent: 2,
      name: "chat gpt-4o",
      kind: 2,
      from: 20,
      to: 300,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 34,
      },
    }),
    makeSpan({ id: 2, parent: 1, name: "Desk.plan", from: 10, to: 310, attributes: { [KIND]: "task" } }),
    makeSpan({
      id: 4,
      parent: 1,
      name: "Desk.search",
      from: 400,
      to: 412,
      status: { code: 2, message: "timed out\nafter 3 tries" },
      attributes: { [KIND]: "tool" },
    }),
    makeSpan({
      id: 5,
      parent: 1,
      name: "Desk.answer",
      from: 500,
      to: 1180,
      attributes: { [KIND]: "agent", "spandrel.stream.chunk_count": 17, "spandrel.stream.outcome": "returned" },
    }),
    makeSpan({
      id: 1,
      name: "Desk.handle",
      from: 0,
      to: 1200,
      attributes: {
        [KIND]: "workflow",
        "respan.customer_params.customer_identifier": "c-42",
        "respan.threads.thread_identifier": "t-7",
      },
    }),
  ];
}

const TREE = `\
workflow Desk.handle    1.2 s  ━━━━━━━━━━━━━━━━━━━━  customer=c-42  thread=t-7
├─ task Desk.plan      300 ms  ━━━━━
│  └─ llm chat gpt-4o  280 ms  ━━━━━                 120 in / 34 out tokens
├─ tool Desk.search     12 ms        ━               error: timed out after 3 tries
└─ agent Desk.answer   680 ms          ━━━━━━━━━━━━  17 chunks (returned)
`;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe("ConsoleSpanExporter", () => {
  it("writes a whole trace when its root ends", () => {
    const stream = makeStream();
    expect(exportBatch(new ConsoleSpanExporter({ stream }), ...makeTrace())).toEqual({ code: 0 });
    expect(stream.take()).toBe(TREE);
  });

  it("holds children until then, over any number of batches", () => {
    const stream = makeStream();
    const exporter = new ConsoleSpanExporter({ stream });
    const [last, ...others] = makeTrace().reverse();
    for (const span of others.reverse()) exportBatch(exporter, span);
    expect(stream.take()).toBe("");
    exportBatch(exporter, last!);
    expect(stream.take()).toBe(TREE);
    jest.runAllTimers();
    expect(stream.take()).toBe("");
  });

  it("writes ASCII only in plain, even on a terminal with colours", () => {
    const stream = makeStream({ isTTY: true, columns: 100, hasColors: () => true });
    exportBatch(new ConsoleSpanExporter({ stream, format: "plain" }), ...makeTrace());
    expect(stream.take()).toBe(`\
workflow Desk.handle    1.2 s  ====================  customer=c-42  thread=t-7
|- task Desk.plan      300 ms  =====
|  \`- llm chat gpt-4o  280 ms  =====                 120 in / 34 out tokens
|- tool Desk.search     12 ms        =               error: timed out after 3 tries
\`- agent Desk.answer   680 ms          ============  17 chunks (returned)
`);
  });

  it("writes one line a span as it ends in line", () => {
    const stream = makeStream();
    exportBatch(new ConsoleSpanExporter({ stream, format: "line" }), ...makeTrace().slice(1, 4));
    expect(stream.take()).toBe(`\
03:04:05.010  task Desk.plan  300 ms  trace=${TRACE_ID}
03:04:05.400  tool Desk.search  12 ms  error: timed out after 3 tries  trace=${TRACE_ID}
03:04:05.500  agent Desk.answer  680 ms  17 chunks (returned)  trace=${TRACE_ID}
`);
  });

  it("colours a terminal and leaves the bars out of a narrow one", () => {
    const stream = makeStream({ isTTY: true, columns: 60 });
    exportBatch(new ConsoleSpanExporter({ stream }), ...makeTrace());
    expect(stream.take().replaceAll("\u001b", "^")).toBe(`\
^[1;35mworkflow^[0m Desk.handle    1.2 s  customer=c-42  thread=t-7
^[2m├─ ^[0m^[36mtask^[0m Desk.plan      300 ms
^[2m│  └─ ^[0m^[32mllm^[0m chat gpt-4o  280 ms  120 in / 34 out tokens
^[2m├─ ^[0m^[33mtool^[0m Desk.search     12 ms  ^[31merror: timed out after 3 tries^[0m
^[2m└─ ^[0m^[1;34magent^[0m Desk.answer   680 ms  17 chunks (returned)
`);
  });

  it("writes no escape codes to a terminal that has no colours, nor to anything else", () => {
    for (const fields of [{ isTTY: true, columns: 100, hasColors: () => false }, { hasColors: () => true }]) {
      const stream = makeStream(fields);
      exportBatch(new ConsoleSpanExporter({ stream }), ...makeTrace());
      expect(stream.take()).toBe(TREE);
    }
  });

  it("shows what has waited for 3 s below a line for the parent that still runs, and each span once", () => {
    const stream = makeStream();
    const exporter = new ConsoleSpanExporter({ stream });
    const [chat, plan, search, answer, root] = makeTrace();
    exportBatch(exporter, chat!, plan!);
    jest.advanceTimersByTime(2_999);
    expect(stream.take()).toBe("");
    jest.advanceTimersByTime(1);
    expect(stream.take()).toBe(`\
… trace 0af76519 still running
└─ task Desk.plan      300 ms  ━━━━━━━━━━━━━━━━━━━━
   └─ llm chat gpt-4o  280 ms  ━━━━━━━━━━━━━━━━━━━   120 in / 34 out tokens
`);
    exportBatch(exporter, search!);
    jest.advanceTimersByTime(3_000);
    expect(stream.take()).toBe(`\
… trace 0af76519 still running
└─ tool Desk.search  12 ms  ━━━━━━━━━━━━━━━━━━━━  error: timed out after 3 tries
`);
    exportBatch(exporter, answer!, root!);
    expect(stream.take()).toBe(`\
workflow Desk.handle (3 spans shown above)   1.2 s  ━━━━━━━━━━━━━━━━━━━━  customer=c-42  thread=t-7
└─ agent Desk.answer                        680 ms          ━━━━━━━━━━━━  17 chunks (returned)
`);
    jest.runAllTimers();
    expect(stream.take()).toBe("");
  });

  it("names customer and thread of a trace that still runs", () => {
    const stream = makeStream();
    const attributes = { "respan.customer_params.customer_identifier": "c-42" };
    exportBatch(new ConsoleSpanExporter({ stream }), makeSpan({ id: 2, parent: 1, attributes }));
    jest.runAllTimers();
    expect(stream.take().split("\n")[0]).toBe("… trace 0af76519 still running  customer=c-42");
  });

  it("marks children that end after their parent was shown", () => {
    const stream = makeStream();
    const exporter = new ConsoleSpanExporter({ stream });
    exportBatch(exporter, makeSpan({ id: 1, name: "root" }));
    stream.take();
    // The parent of 3 is not known yet, so it waits for it.
    exportBatch(exporter, makeSpan({ id: 3, parent: 2, name: "grandchild", from: 1, to: 2 }));
    expect(stream.take()).toBe("");
    exportBatch(exporter, makeSpan({ id: 2, parent: 1, name: "child", from: 1, to: 3 }));
    expect(stream.take()).toBe(`\
span child (late, trace 0af76519)  2.0 ms  ━━━━━━━━━━━━━━━━━━━━
└─ span grandchild                 1.0 ms  ━━━━━━━━━━
`);
  });

  it("takes a span whose parent is in another process as a root", () => {
    const stream = makeStream();
    const span = makeSpan({ id: 2, parent: 1, isParentRemote: true, name: "GET /", kind: 1 });
    exportBatch(new ConsoleSpanExporter({ stream }), span);
    expect(stream.take()).toBe("server GET /  1.0 ms  ━━━━━━━━━━━━━━━━━━━━\n");
  });

  it("keeps the traces of one batch apart", () => {
    const stream = makeStream();
    const other = "b".repeat(32);
    const spans = [
      makeSpan({ id: 2, parent: 1, name: "a.child" }),
      makeSpan({ id: 2, parent: 1, traceId: other, name: "b.child" }),
      makeSpan({ id: 1, traceId: other, name: "b", from: 500, to: 501 }),
      makeSpan({ id: 1, name: "a" }),
    ];
    exportBatch(new ConsoleSpanExporter({ stream }), ...spans);
    expect(stream.take()).toBe(`\
span a           1.0 ms  ━━━━━━━━━━━━━━━━━━━━
└─ span a.child  1.0 ms  ━━━━━━━━━━━━━━━━━━━━
span b           1.0 ms                     ━
└─ span b.child  1.0 ms  ╸
`);
  });

  it("shows at shutdown what is left, then takes no more", async () => {
    const stream = makeStream();
    const exporter = new ConsoleSpanExporter({ stream });
    exportBatch(exporter, makeSpan({ id: 2, parent: 1, name: "child" }));
    await exporter.forceFlush();
    expect(stream.take()).toBe("");
    await exporter.shutdown();
    await exporter.shutdown();
    expect(stream.take()).toBe("… trace 0af76519 not finished\n└─ span child  1.0 ms  ━━━━━━━━━━━━━━━━━━━━\n");
    expect(exportBatch(exporter, makeSpan())).toMatchObject({ code: 1, error: expect.any(Error) });
    expect(jest.getTimerCount()).toBe(0);
  });

  it("holds at most 10,000 spans and 1,000 traces, and shows the oldest when more come", () => {
    const stream = makeStream();
    const exporter = new ConsoleSpanExporter({ stream });
    const orphans = (count: number, traceId: string): ReadableSpan[] =>
      Array.from({ length: count }, (_, index) => makeSpan({ id: index + 2, parent: 1, traceId }));
    exportBatch(exporter, ...orphans(10, "a".repeat(32)));
    exportBatch(exporter, ...orphans(9_990, "b".repeat(32)));
    expect(stream.take()).toBe("");
    exportBatch(exporter, ...orphans(1, "c".repeat(32)));
    expect(stream.take().match(/… trace \w+/g)).toEqual(["… trace aaaaaaaa"]);
    jest.runAllTimers();
    expect(stream.take().match(/… trace \w+/g)).toEqual(["… trace bbbbbbbb", "… trace cccccccc"]);

    const traces = new ConsoleSpanExporter({ stream });
    for (let index = 1; index <= 1_001; index++) {
      exportBatch(traces, ...orphans(1, index.toString(16).padStart(8, "0").padEnd(32, "f")));
    }
    expect(stream.take().match(/… trace \w+/g)).toEqual(["… trace 00000001"]);
  });

  it("leaves out a span that cannot be read, and says how many", () => {
    const stream = makeStream();
    const poison = {
      ...makeSpan(),
      spanContext: () => {
        throw new Error("poison");
      },
    };
    expect(exportBatch(new ConsoleSpanExporter({ stream }), poison, makeSpan({ name: "good" }))).toEqual({
      code: 0,
      rejected: 1,
    });
    expect(stream.take()).toContain("span good");
  });

  it.each([
    ["ConsoleSpanExporter.stream", { stream: {} }],
    ["ConsoleSpanExporter.stream", { stream: "stdout" }],
    ["ConsoleSpanExporter.format", { format: "xml" }],
  ])("throws InvalidOptionError for %s at construction: %j", (option, options) => {
    const construct = (): unknown => new ConsoleSpanExporter(options as never);
    expect(construct).toThrow(InvalidOptionError);
    expect(construct).toThrow(expect.objectContaining({ option }));
  });

  it("writes to stdout unless told otherwise", () => {
    const write = jest.spyOn(process.stdout, "write").mockReturnValue(true);
    exportBatch(new ConsoleSpanExporter(), makeSpan({ name: "root" }));
    const written = write.mock.calls.map(([text]) => String(text)).join("");
    write.mockRestore();
    expect(written).toContain("root");
  });
});
