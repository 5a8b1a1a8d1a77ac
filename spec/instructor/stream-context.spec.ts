import { trace } from "@opentelemetry/api";
import { z } from "zod";
import { type InvalidItem, validationContext } from "../../lib/instructor/index.js";
import { traced } from "../../lib/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { MESSAGES, answerIn, instructorOf, readStream } from "./streamed-answers.js";

const traces = useTraces();
let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer();
  server.answer("points", answerIn("tools", ['{"items":[{"n":1},', '{"n":2}', "]}"]));
  server.answer("point", answerIn("tools", ['{"n":', "1,", '"m":2}']));
});
afterAll(() => server.close());

/** The name of the span that is current. */
const current = (): string | undefined => (trace.getActiveSpan() as { name?: string } | undefined)?.name;

describe.each(OPENAI_MAJORS)("%s", (_major, OpenAI) => {
  const KINDS = {
    create_iterable: {
      model: "points",
      count: 2,
      open: (refinement: (n: number) => unknown, more: object = {}) =>
        instructorOf(server, OpenAI).createIterable({
          responseModel: z.object({ n: z.int().refine(refinement) }),
          messages: MESSAGES,
          model: "points",
          ...more,
        }),
    },
    create_partial: {
      model: "point",
      count: 4,
      open: (refinement: (n: number) => unknown, more: object = {}) =>
        instructorOf(server, OpenAI).createPartial({
          responseModel: z.object({ n: z.int().refine(refinement), m: z.int().refine(refinement) }),
          messages: MESSAGES,
          model: "point",
          ...more,
        }),
    },
  };

  describe.each(Object.entries(KINDS))("the body of %s", (name, { model, count, open }) => {
    const spanName = `instructor.${name}`;
    const chat = { name: `chat ${model}`, kind: "spandrel" };

    it("runs in its span's context, its consumer's code in the consumer's", async () => {
      const inside: unknown[] = [];
      const outside: unknown[] = [];
      const checked = traced("check", async (n: number) => n > 0);
      const used = traced("use", (value: unknown) => value);
      const consume = traced("consume", async () => {
        const stream = open(async (n) => {
          inside.push(current());
          return checked(n);
        });
        for await (const value of stream) {
          outside.push(current());
          used(value);
        }
        outside.push(current());
      });
      await consume();
      expect(inside).toEqual([spanName, spanName]);
      expect(outside).toEqual(Array.from({ length: count + 1 }, () => "consume"));
      const [root, ...others] = traces.current.tree();
      expect(others).toEqual([]);
      expect(root).toMatchObject({ name: "consume" });
      const byName = (nodes: readonly { name: string }[] = []) => nodes.map((node) => node.name).sort();
      expect(byName(root!.children)).toEqual([spanName, ...Array.from({ length: count }, () => "use")].sort());
      const own = root!.children!.find((node) => node.name === spanName)!;
      expect(byName(own.children)).toEqual([chat.name, "check", "check"].sort());
    });

    it("is below what is current at the first pull, not at the call, and stays there", async () => {
      const [stream] = traced("call", () => [open(() => true)])() as [ReturnType<typeof open>];
      await traced("first pull", () => stream.next())();
      await traced("second pull", () => readStream(stream))();
      expect(traces.current.tree()).toEqual([
        { name: "call", kind: expect.any(String) },
        {
          name: "first pull",
          kind: expect.any(String),
          children: [{ name: spanName, kind: "spandrel", children: [chat] }],
        },
        { name: "second pull", kind: expect.any(String) },
      ]);
    });

    it("gives the call's context to its schema alone", async () => {
      const inside: unknown[] = [];
      const outside: unknown[] = [];
      const see = () => void outside.push(validationContext());
      const context = { source: "a letter" };
      const stream = open(
        async () => {
          inside.push(validationContext());
          await Promise.resolve();
          inside.push(validationContext());
          return true;
        },
        { context, onAttempt: see, hooks: { "completion:kwargs": see, "completion:response": see } },
      );
      for await (const _ of stream) see();
      expect(inside).toEqual([context, context, context, context]);
      expect(new Set(outside)).toEqual(new Set([undefined]));
      expect(outside).toHaveLength(count + 3);
    });

    it("keeps the contexts of streams apart", async () => {
      const seen: Record<string, unknown[]> = { a: [], b: [] };
      const [a, b] = ["a", "b"].map((key) =>
        open(
          () => {
            seen[key]!.push(validationContext());
            return true;
          },
          { context: key },
        ),
      );
      await a!.next();
      await b!.next();
      await Promise.all([readStream(a!), readStream(b!)]);
      expect(seen).toEqual({ a: ["a", "a"], b: ["b", "b"] });
    });

    it("has no context of a stream around it", async () => {
      const seen: unknown[] = [];
      const inner = async (): Promise<boolean> => {
        await readStream(open(() => seen.push(validationContext())));
        return true;
      };
      await readStream(open(inner, { context: "outer" }));
      expect(seen).toEqual([undefined, undefined, undefined, undefined]);
    });
  });

  it("calls onInvalidItem outside the schema's context", async () => {
    const seen: unknown[] = [];
    const onInvalidItem = ({ index }: InvalidItem) => void seen.push([index, validationContext(), current()]);
    await readStream(KINDS.create_iterable.open((n) => n === 2, { context: "c", onInvalidItem }));
    expect(seen).toEqual([[0, undefined, "instructor.create_iterable"]]);
  });
});
