import { SpanStatusCode, context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter as SdkExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import * as z from "zod";
import * as mini from "zod/mini";
import * as three from "zod/v3";

import { Task, Workflow, propagateAttributes, traced } from "../../lib/index.js";
import { resetLog } from "../../lib/internal/index.js";
import { traceSchema } from "../../lib/zod/index.js";
import { Traces } from "../support/traces.js";
import { content, eventsOf, everything, failure, validation } from "./validations.js";

const ADA = { name: "Ada", age: 36 };
const WRONG = { name: "Ada", age: "many" };
const MESSAGE = "Invalid input: expected number, received string";

const User = traceSchema(z.object({ name: z.string(), age: z.number() }), { name: "User" });
const MiniUser = traceSchema(mini.object({ name: mini.string(), age: mini.number() }), { name: "User" });
const OldUser = traceSchema(three.object({ name: three.string(), age: three.number() }), { name: "User" });

let traces: Traces;
const start = (options: ConstructorParameters<typeof Traces>[0] = {}): void => void (traces = new Traces(options));

// First: once telemetry has been started and shut down, nobody else's provider is used.
describe("without telemetry of ours", () => {
  it("a traced schema makes the same spans with the application's own provider, and none without one", async () => {
    expect(User.parse(ADA)).toEqual(ADA);
    const exporter = new SdkExporter();
    const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    try {
      User.safeParse(WRONG);
      const [span, ...others] = exporter.getFinishedSpans();
      expect(others).toEqual([]);
      expect({
        name: span?.name,
        kind: "spandrel",
        span_kind: span?.kind,
        attributes: span?.attributes,
        events: span && eventsOf(span),
      }).toEqual(
        validation("User", "safeParse", "invalid", content(WRONG), [
          failure("User", "safeParse", [["age", "invalid_type", MESSAGE]]),
        ]),
      );
    } finally {
      trace.disable();
      context.disable();
      await provider.shutdown();
    }
  });
});

describe("the span of a validation", () => {
  beforeEach(() => start());
  afterEach(async () => {
    expect(traces.faults).toEqual({});
    await traces.telemetry.shutdown();
  });

  const methods = (schema: object): string[] =>
    [
      "parse",
      "parseAsync",
      "safeParse",
      "safeParseAsync",
      "spa",
      "encode",
      "decode",
      "encodeAsync",
      "decodeAsync",
      "safeEncode",
      "safeDecode",
      "safeEncodeAsync",
      "safeDecodeAsync",
      "validate",
      "validateAsync",
    ].filter((method) => method in schema);

  describe.each([
    ["zod", User, 15],
    ["zod/mini", MiniUser, 4],
    ["zod 3", OldUser, 5],
  ])("of %s", (flavour, schema, count) => {
    it("is one for each call of each method, with input, output and outcome", async () => {
      expect(methods(schema)).toHaveLength(count);
      for (const method of methods(schema)) {
        const call = (data: unknown): unknown => (Reflect.get(schema, method) as (data: unknown) => unknown)(data);
        const told = method === "spa" ? "safeParseAsync" : method;
        await call(ADA);
        const output = method.startsWith("validate") ? undefined : ADA;
        expect(traces.tree(everything)).toEqual([validation("User", told, "valid", content(ADA, output))]);
        traces.reset();

        await Promise.resolve(new Promise((resolve) => resolve(call(WRONG)))).catch(() => {});
        const message = flavour === "zod 3" ? "Expected number, received string" : MESSAGE;
        const found = failure("User", told, [["age", "invalid_type", message]]);
        // It tells true or false, and nobody why.
        const {
          "spandrel.validation.issue_count": _n,
          "spandrel.validation.paths": _p,
          "spandrel.validation.codes": _c,
          "spandrel.validation.messages": _m,
          ...bare
        } = found as Record<string, unknown>;
        const event = method.startsWith("validate") ? bare : found;
        expect(traces.tree(everything)).toEqual([validation("User", told, "invalid", content(WRONG), [event])]);
        traces.reset();
      }
    });
  });

  it("is made for those who validate by the Standard Schema", async () => {
    const Size = traceSchema(
      z.coerce.number().refine(async (size) => Promise.resolve(size > 0), "is too small"),
      { name: "Size" },
    );
    expect(User["~standard"].validate(ADA)).toEqual({ value: ADA });
    expect(await Size["~standard"].validate("0")).toEqual({
      issues: [expect.objectContaining({ message: "is too small" })],
    });
    expect(traces.tree(everything)).toEqual([
      validation("User", "~standard.validate", "valid", content(ADA, ADA)),
      validation("Size", "~standard.validate", "invalid", content("0"), [
        failure("Size", "~standard.validate", [["", "custom", "is too small"]]),
      ]),
    ]);
    const { validate: _, ...others } = User["~standard"];
    expect(others).toEqual({ vendor: "zod", version: 1, jsonSchema: expect.anything() });
  });

  it("is nested in a decorated method's, and above what its refinements do, sync and async", async () => {
    const isKnown = traced("is known", (name: string) => name === "Ada");
    const isKnownSoon = traced("is known soon", async (name: string) => Promise.resolve(name === "Ada"));
    const Name = traceSchema(z.string().refine(isKnown), { name: "Name" });
    const Later = traceSchema(z.string().refine(isKnownSoon), { name: "Later" });
    class Desk {
      @Task()
      read(name: string): string {
        return Name.parse(name);
      }

      @Workflow()
      async run(name: string): Promise<string> {
        return Later.parseAsync(this.read(name));
      }
    }
    await propagateAttributes({ customerIdentifier: "c-1" }, () => new Desk().run("Ada"));
    const scope = {
      "respan.customer_params.customer_identifier": "c-1",
      "user.id": "c-1",
      "traceloop.workflow.name": "Desk.run",
    };
    const shown = (span: Parameters<typeof everything>[0]): Record<string, unknown> =>
      span.name.startsWith("validate") ? everything(span) : {};
    const run = { name: "is known", kind: "task" };
    const own = (name: string, method: string, path: string): object =>
      validation(name, method, "valid", { ...content("Ada", "Ada"), ...scope, "traceloop.entity.path": path });
    expect(traces.tree(shown)).toEqual([
      {
        name: "Desk.run",
        kind: "workflow",
        children: [
          { name: "Desk.read", kind: "task", children: [{ ...own("Name", "parse", "Desk.read"), children: [run] }] },
          { ...own("Later", "parseAsync", ""), children: [{ ...run, name: "is known soon" }] },
        ],
      },
    ]);
  });

  it("is an error's, with the exception, where something is thrown that says nothing of the value", async () => {
    const error = new RangeError("no such table");
    const throwing = (): never => {
      throw error;
    };
    const Broken = traceSchema(z.string().refine(throwing), { name: "Broken" });
    const Late = traceSchema(
      z.string().refine(async () => Promise.reject(error)),
      { name: "Late" },
    );
    expect(() => Broken.parse("x")).toThrow(error);
    expect(() => Broken.safeParse("x")).toThrow(error);
    await expect(Late.safeParseAsync("x")).rejects.toBe(error);
    const Waiting = traceSchema(
      z.string().refine(async () => Promise.resolve(true)),
      { name: "Waiting" },
    );
    expect(() => Waiting.safeParse("x")).toThrow("Encountered Promise");
    const failed = (name: string, method: string, type: string, message: string): object => ({
      ...validation(name, method, "error", { ...content("x"), "error.type": type }, [
        { name: "exception", "exception.type": type, "exception.message": message },
      ]),
      status: [SpanStatusCode.ERROR, message],
    });
    expect(traces.tree(everything)).toEqual([
      failed("Broken", "parse", "RangeError", error.message),
      failed("Broken", "safeParse", "RangeError", error.message),
      failed("Late", "safeParseAsync", "RangeError", error.message),
      failed(
        "Waiting",
        "safeParse",
        "$ZodAsyncError",
        "Encountered Promise during synchronous parse. Use .parseAsync() instead.",
      ),
    ]);
  });

  it("takes a thrown value that cannot be looked at for no error of zod's", () => {
    const unreadable = new Proxy(
      {},
      {
        get: () => {
          throw new Error("hostile");
        },
      },
    );
    const Broken = traceSchema(
      z.string().refine(() => {
        throw unreadable;
      }),
      { name: "Broken" },
    );
    let thrown: unknown;
    try {
      Broken.parse("x");
    } catch (error) {
      thrown = error;
    }
    expect(thrown === unreadable).toBe(true);
    expect(traces.attributes("validate Broken")).toMatchObject({
      "spandrel.validation.outcome": "error",
      "error.type": "unreadable",
    });
  });

  it("says of a method that somebody has replaced what can be known", () => {
    const schema = z.string();
    const Patched = traceSchema(schema, { name: "Patched" });
    const answer = new Proxy(
      {},
      {
        get: () => {
          throw new RangeError("hostile");
        },
      },
    );
    schema.safeParse = () => answer as never;
    expect(Patched.safeParse("x") === (answer as never)).toBe(true);
    expect(traces.attributes("validate Patched")).toMatchObject({
      "spandrel.validation.outcome": "error",
      "error.type": "RangeError",
    });
  });

  it("has the first 20 issues and their number, and no text without end", () => {
    const List = traceSchema(z.array(z.number()), { name: "List" });
    List.safeParse(Array.from({ length: 25 }, () => "x"));
    const Closed = traceSchema(z.strictObject({}), { name: "Closed" });
    Closed.safeParse({ ["k".repeat(5000)]: 1 });
    const Ages = traceSchema(z.record(z.string(), z.number()), { name: "Ages" });
    Ages.safeParse({ ["k".repeat(5000)]: "x" });
    const [list, closed, ages] = traces.spans.map((span) => eventsOf(span)[0]);
    expect(list).toEqual({
      ...failure(
        "List",
        "safeParse",
        Array.from({ length: 20 }, (_, at) => [String(at), "invalid_type", MESSAGE] as const),
      ),
      "spandrel.validation.issue_count": 25,
    });
    expect(closed?.["spandrel.validation.messages"]).toEqual([
      `Unrecognized key: "${"k".repeat(1005)}…[cut: 5020 chars]`,
    ]);
    expect(ages?.["spandrel.validation.paths"]).toEqual([`${"k".repeat(1024)}…[cut: 5000 chars]`]);
  });

  it("tells of an error map of the user's that throws to whoever reads the issues, and says so once", () => {
    const Spoilt = traceSchema(
      z.string({
        error: () => {
          throw new Error("no such language");
        },
      }),
      { name: "Spoilt" },
    );
    const result = Spoilt.safeParse(1);
    expect(() => result.error).toThrow("no such language");
    expect(traces.faults).toEqual({ SPANDREL_ISSUES_UNREADABLE: 1 });
    expect(traces.lines).toEqual([expect.stringContaining("reading what is wrong with a value failed")]);
    const { name, ...event } = eventsOf(traces.span("validate Spoilt"))[0] ?? {};
    expect({ name, ...event }).toEqual({
      name: "validation.failed",
      "spandrel.validation.schema": "Spoilt",
      "spandrel.validation.method": "safeParse",
      "spandrel.validation.severity": "warn",
    });
    resetLog();
  });
});
