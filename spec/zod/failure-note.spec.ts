import { SpanStatusCode } from "@opentelemetry/api";
import * as z from "zod";

import { Task, getClient, traced } from "../../lib/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { failureOf, useTraces } from "../support/traces.js";
import { eventsOf, everything, failure, validation } from "./validations.js";

afterEach(() => expect(run.current.faults).toEqual({}));
const run = useTraces();

const MESSAGE = "Invalid input: expected number, received string";
const User = traceSchema(z.object({ age: z.number() }), { record: "failure", name: "User" });
const WRONG = { age: "many" };
const noted = (method: string): object => failure("User", method, [["age", "invalid_type", MESSAGE]]);

describe("a schema whose failures are recorded", () => {
  it("says nothing of values that are valid", async () => {
    const read = traced("read", async () => [User.parse({ age: 36 }), await User.safeParseAsync({ age: 36 })]);
    User.safeParse({ age: 36 });
    await read();
    expect(run.current.spans.map(({ name, events }) => ({ name, events }))).toEqual([{ name: "read", events: [] }]);
  });

  it("leaves an event on the active span, whose status stays as it is", async () => {
    class Desk {
      @Task("read")
      async read(): Promise<void> {
        User.safeParse(WRONG);
        expect(() => User.parse(WRONG)).toThrow(MESSAGE);
        await User.safeParseAsync(WRONG);
        await expect(User.parseAsync(WRONG)).rejects.toThrow(MESSAGE);
      }
    }
    await new Desk().read();
    const [span, ...others] = run.current.spans;
    expect(others).toEqual([]);
    expect(span?.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span && eventsOf(span)).toEqual(["safeParse", "parse", "safeParseAsync", "parseAsync"].map(noted));
  });

  it("leaves it on the span that was active at the call, for a validation that waits", async () => {
    const Slow = traceSchema(
      z.string().refine(async () => new Promise((done) => setImmediate(done, false)), "never"),
      {
        record: "failure",
        name: "Slow",
      },
    );
    const inner = traced("inner", () => Slow.safeParseAsync("x"));
    await traced("outer", inner)();
    expect(run.current.tree((span) => ({ events: eventsOf(span) }))).toEqual([
      {
        name: "outer",
        kind: "task",
        events: [],
        children: [
          { name: "inner", kind: "task", events: [failure("Slow", "safeParseAsync", [["", "custom", "never"]])] },
        ],
      },
    ]);
  });

  it("has a span of its own for it where none is active, or the one that was has ended", async () => {
    User.safeParse(WRONG);
    let late: Promise<unknown> | undefined;
    traced("gone", () => void (late = new Promise((done) => setImmediate(() => done(User.safeParse(WRONG))))))();
    await late;
    const own = validation("User", "safeParse", "invalid", {}, [noted("safeParse")]);
    const below = { "traceloop.entity.path": "gone" };
    expect(run.current.tree((span) => (span.name === "gone" ? {} : everything(span)))).toEqual([
      own,
      {
        name: "gone",
        kind: "task",
        children: [validation("User", "safeParse", "invalid", below, [noted("safeParse")])],
      },
    ]);
  });

  it("survives the first pull of a stream whose span is opened anew", async () => {
    const stream = traced("stream", (input: unknown) => {
      User.safeParse(input);
      return (async function* () {
        yield await Promise.resolve(1);
      })();
    });
    for await (const _ of stream(WRONG)) void _;
    expect(run.current.spans.flatMap(eventsOf)).toEqual([noted("safeParse")]);
  });

  it("gives an exception a span of its own: the active one may never hear of it", () => {
    const Broken = traceSchema(
      z.string().refine(() => {
        throw new RangeError("no such table");
      }),
      { record: "failure", name: "Broken" },
    );
    traced("read", () => {
      expect(() => Broken.safeParse("x")).toThrow(RangeError);
      getClient().addEvent("and on");
    })();
    const failed = run.current.span("validate Broken");
    expect(failureOf(failed)).toEqual({
      isError: true,
      message: "no such table",
      type: "RangeError",
      events: [{ type: "RangeError", message: "no such table" }],
    });
    expect(run.current.tree((span) => ({ outcome: span.attributes["spandrel.validation.outcome"] }))).toEqual([
      {
        name: "read",
        kind: "task",
        outcome: undefined,
        children: [{ name: "validate Broken", kind: "spandrel", outcome: "error" }],
      },
    ]);
    expect(eventsOf(run.current.span("read"))).toEqual([{ name: "and on" }]);
  });

  it("makes no span in a trace that is left out", () => {
    const read = traced({ name: "read", sampleRate: 0 }, () => User.safeParse(WRONG).success);
    expect(read()).toBe(false);
    expect(run.current.spans).toEqual([]);
  });

  it("captures no content but places and messages, and reads no value once more", () => {
    let reads = 0;
    const make = (): object => ({
      get age() {
        reads++;
        return "many";
      },
    });
    z.object({ age: z.number() }).safeParse(make());
    const plain = reads;
    User.safeParse(make());
    expect(reads).toBe(2 * plain);
    expect(run.current.tree(everything)).toEqual([
      validation("User", "safeParse", "invalid", {}, [noted("safeParse")]),
    ]);
  });
});
