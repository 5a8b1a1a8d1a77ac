import { join } from "node:path";
import { runSample, type SampleRun } from "./run-sample";
import { drawTrees, inputOf, modelCallsIn, outputOf, readTraceFile, theSpan, type FileSpan } from "./trace-file";

const QUERY = "Daniel is a 24 year man living in New York City";
const QUERIES = [
  "Daniel is a 34 year man in New York City",
  "Sarah is a 20 year old living in Tokyo",
  "Jeffrey is 55 and lives down in Leeds",
];
const FRIENDS = "Alice and Bob are best friends. They are currently 32 and 43 respectively. ";
const FAMILY = "Carol is 61. Dave is 58. Erin is 33. Frank is 31. Grace is 12. Heidi is 9.";
const DANIEL = { name: "Daniel", age: 24 };
const MANY = [
  { name: "Daniel", age: 34 },
  { name: "Sarah", age: 20 },
  { name: "Jeffrey", age: 55 },
];
const ALICE_AND_BOB = [
  { name: "Alice", age: 32 },
  { name: "Bob", age: 43 },
];
const CAROL = { name: "Carol", age: 61 };
const CUSTOMER = { "respan.customer_params.customer_identifier": "acme", "user.id": "acme" };

const CALL = ["undefined instructor.create", "  llm chat local-rules-1"];
const STREAM = [
  "undefined POST /extract",
  "  undefined validate UserData",
  "  workflow generate_users",
  "    undefined instructor.create_iterable",
  "      llm chat local-rules-1",
];

describe("samples/extraction-service", () => {
  let sample: SampleRun;
  let requests: FileSpan[][];

  beforeAll(async () => {
    sample = await runSample("extraction-service");
    const spans = readTraceFile(join(sample.out, "traces.jsonl"));
    const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
    requests = traceIds.map((traceId) => spans.filter((span) => span.traceId === traceId));
  }, 40_000);
  afterAll(() => sample?.removeOut());

  /** The spans of the request with this number, in the order in which they were sent. */
  const request = (at: number): FileSpan[] => requests[at] ?? [];
  const named = (at: number, name: string): FileSpan[] => request(at).filter((span) => span.name === name);

  it("prints the answers as JSON lines, where the trace is, and nothing on stderr", () => {
    const issue = {
      expected: "string",
      code: "invalid_type",
      path: ["query"],
      message: "Invalid input: expected string, received undefined",
    };
    const [said, shown] = sample.stdout.split("\nAnswered by local-rules-1, offline (rules, not a language model).");
    expect(said?.split("\n")).toEqual([
      "",
      "--- POST /user",
      '{"name":"Daniel","age":24}',
      "",
      "--- POST /user, and it is no query",
      `422 ${JSON.stringify({ detail: [issue] })}`,
      "",
      "--- POST /many-users",
      '[{"name":"Daniel","age":34},{"name":"Sarah","age":20},{"name":"Jeffrey","age":55}]',
      "",
      "--- POST /extract",
      '{"name":"Alice","age":32}',
      '{"name":"Bob","age":43}',
      "",
      "--- POST /extract, and the client leaves",
      '{"name":"Carol","age":61}',
      "",
    ]);
    expect(shown?.trimEnd().split("\n").at(-1)).toBe(`Trace file: ${join(sample.out, "traces.jsonl")}`);
    expect(sample.stderr).toBe("");
  });

  it("has a trace for each of the five requests: what was validated, called, extracted and asked", () => {
    expect(requests.map(drawTrees)).toEqual([
      [
        "undefined POST /user",
        "  undefined validate UserData",
        "  workflow endpoint_function",
        "    task extract_user",
        ...CALL.map((line) => `      ${line}`),
        "  undefined validate UserDetail",
      ],
      ["undefined POST /user", "  undefined validate UserData"],
      [
        "undefined POST /many-users",
        "  undefined validate MultipleUserData",
        "  workflow extract_many_users",
        ...QUERIES.flatMap(() => ["    task extract_user", ...CALL.map((line) => `      ${line}`)]),
        ...QUERIES.map(() => "  undefined validate UserDetail"),
      ],
      STREAM,
      STREAM,
    ]);
  });

  it.each([
    [0, "/user", 200, "completed"],
    [1, "/user", 422, "completed"],
    [2, "/many-users", 200, "completed"],
    [3, "/extract", 200, "completed"],
    [4, "/extract", 200, "closed"],
  ])("opens a server span for request %i: %s, %i, %s", (at, path, status, outcome) => {
    const server = theSpan(request(at), `POST ${path}`);
    expect({ kind: server.kind, parent: server.parentSpanId, status: server.status.code }).toEqual({
      kind: 2,
      parent: undefined,
      status: 0,
    });
    expect(server.attributes).toEqual({
      ...CUSTOMER,
      "http.request.method": "POST",
      "http.route": path,
      "http.response.status_code": status,
      "url.path": path,
      "url.scheme": "http",
      "server.address": "127.0.0.1",
      "server.port": expect.any(Number),
      "user_agent.original": expect.any(String),
      "network.protocol.version": "1.1",
      "spandrel.http.outcome": outcome,
    });
  });

  it("puts the customer of the header on every span, and makes an error of none", () => {
    for (const { name, attributes, status } of requests.flat()) {
      expect({ name, code: status.code, ...attributes }).toMatchObject({ name, code: 0, ...CUSTOMER });
    }
  });

  it("records the arguments of the endpoints and their results", () => {
    const calls = [
      theSpan(request(0), "endpoint_function"),
      theSpan(request(2), "extract_many_users"),
      theSpan(request(3), "generate_users"),
    ];
    expect(calls.map(inputOf)).toEqual([
      { data: { query: QUERY } },
      { data: { queries: QUERIES } },
      { data: { query: FRIENDS } },
    ]);
    expect(calls.map(outputOf)).toEqual([DANIEL, MANY, ALICE_AND_BOB]);
  });

  it("records what was validated and what it came to", () => {
    const asked = theSpan(request(0), "validate UserData");
    const answered = theSpan(request(0), "validate UserDetail");
    expect([inputOf(asked), outputOf(asked)]).toEqual([{ data: { query: QUERY } }, { query: QUERY }]);
    expect([inputOf(answered), outputOf(answered)]).toEqual([{ data: DANIEL }, DANIEL]);
    for (const { attributes, events } of [asked, answered]) {
      expect(attributes["spandrel.validation.outcome"]).toBe("valid");
      expect(events).toEqual([]);
    }
    expect(named(2, "validate UserDetail").map(outputOf)).toEqual(MANY);
  });

  it("tells of a request that is not valid what is wrong with it", () => {
    const refused = theSpan(request(1), "validate UserData");
    expect(inputOf(refused)).toEqual({ data: { question: "Who is Daniel?" } });
    expect(refused.attributes).toMatchObject({ "spandrel.validation.outcome": "invalid" });
    expect(refused.attributes).not.toHaveProperty(["traceloop.entity.output"]);
    expect(refused.events).toEqual([
      {
        name: "validation.failed",
        attributes: {
          "spandrel.validation.schema": "UserData",
          "spandrel.validation.method": "parse",
          "spandrel.validation.severity": "warn",
          "spandrel.validation.issue_count": 1,
          "spandrel.validation.paths": ["query"],
          "spandrel.validation.codes": ["invalid_type"],
          "spandrel.validation.messages": ["Invalid input: expected string, received undefined"],
        },
      },
    ]);
  });

  it("extracts many users at once: each has its span, with its query, its model call and its event", () => {
    const tasks = named(2, "extract_user");
    const byQuery = new Map(tasks.map((task) => [(inputOf(task) as { query: string }).query, task]));
    expect([...byQuery.keys()].sort()).toEqual([...QUERIES].sort());
    for (const [at, query] of QUERIES.entries()) {
      const task = byQuery.get(query);
      expect(task?.events).toEqual([{ name: "/User returning", attributes: { value: JSON.stringify(MANY[at]) } }]);
      const call = request(2).find(({ parentSpanId }) => parentSpanId === task?.spanId);
      expect(outputOf(call!)).toEqual(MANY[at]);
    }
    const starts = tasks.map(({ startNanos }) => startNanos);
    const ends = tasks.map(({ endNanos }) => endNanos);
    expect(starts.every((start) => ends.every((end) => start < end))).toBe(true);
  });

  it("records the stream as what it yielded, an event for each", () => {
    const users = theSpan(request(3), "generate_users");
    expect(users.attributes).toMatchObject({
      "spandrel.stream.outcome": "completed",
      "spandrel.stream.chunk_count": 2,
    });
    expect(users.events).toEqual(
      ALICE_AND_BOB.map((user) => ({ name: "Returning user object", attributes: { value: JSON.stringify(user) } })),
    );
    const [call] = modelCallsIn(request(3));
    expect(call?.attributes).toMatchObject({
      "gen_ai.response.finish_reasons": ["stop"],
      "spandrel.stream.outcome": "completed",
    });
  });

  it("ends generator, extraction and model call when the client leaves: returned, cancelled, returned", () => {
    const users = theSpan(request(4), "generate_users");
    const extraction = theSpan(request(4), "instructor.create_iterable");
    const [call] = modelCallsIn(request(4));
    expect(inputOf(users)).toEqual({ data: { query: FAMILY } });
    expect([users, extraction, call].map((span) => span?.attributes)).toEqual([
      expect.objectContaining({ "spandrel.stream.outcome": "returned" }),
      expect.objectContaining({ "spandrel.instructor.outcome": "cancelled" }),
      expect.objectContaining({ "spandrel.stream.outcome": "returned" }),
    ]);
    expect(call?.attributes).not.toHaveProperty(["gen_ai.response.finish_reasons"]);
    const sent = outputOf(users) as unknown[];
    expect(sent[0]).toEqual(CAROL);
    expect(sent.length).toBeLessThan(6);
    expect(users.attributes["spandrel.stream.chunk_count"]).toBe(sent.length);
  });
});
