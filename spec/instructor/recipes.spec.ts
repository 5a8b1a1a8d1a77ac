import * as z from "zod";
import { extractionOf, fromOpenAI, validationContext } from "../../lib/instructor/index.js";
import { useTraces } from "../support/traces.js";
import { ADA, MESSAGES, RIGHT, User, calls, useRig } from "./extraction-rig.js";

const rig = useRig();
const traces = useTraces();

/** The value of the schema's function, as a model would call it. */
const answer = (value: unknown) => calls(["response", JSON.stringify(value)]);

describe("recipes", () => {
  it("Maybe: a value, or why there is none", async () => {
    const Maybe = z.object({
      result: User.nullable(),
      error: z.string().optional().meta({ description: "Why there is no result" }),
    });
    const instructor = rig.instructor([answer({ result: null, error: "Nobody is named." }), answer({ result: ADA })]);
    const ask = { responseModel: Maybe, messages: MESSAGES };
    await expect(instructor.create(ask)).resolves.toEqual({ result: null, error: "Nobody is named." });
    await expect(instructor.create(ask)).resolves.toEqual({ result: ADA });
  });

  it("an LLM validator: a refinement that asks", async () => {
    const Verdict = z.object({ isPolite: z.boolean(), reason: z.string() });
    const judge = rig.instructor([
      answer({ isPolite: false, reason: "It shouts." }),
      answer({ isPolite: true, reason: "" }),
    ]);
    const polite = z.string().check(async (payload) => {
      const messages = [{ role: "user" as const, content: `Is this polite? ${payload.value}` }];
      const { isPolite, reason } = await judge.create({ responseModel: Verdict, messages });
      if (!isPolite) payload.issues.push({ code: "custom", message: reason, input: payload.value });
    });
    const writer = rig.instructor([answer({ reply: "NO!" }), answer({ reply: "I am afraid not." })]);
    await expect(writer.create({ responseModel: z.object({ reply: polite }), messages: MESSAGES })).resolves.toEqual({
      reply: "I am afraid not.",
    });
    expect(traces.current.tree()).toEqual([
      {
        name: "instructor.create",
        kind: "spandrel",
        children: [
          { name: "chat gpt-2", kind: "spandrel" },
          { name: "instructor.create", kind: "spandrel", children: [{ name: "chat gpt", kind: "spandrel" }] },
          { name: "chat gpt-2", kind: "spandrel" },
          { name: "instructor.create", kind: "spandrel", children: [{ name: "chat gpt", kind: "spandrel" }] },
        ],
      },
    ]);
  });

  it("citations: quotes that have to be in the text", async () => {
    const source = "Ada Lovelace wrote the first program. She was born in 1815.";
    const quote = z.string().refine((text) => String(validationContext()).includes(text), "is not in the text");
    const Fact = z.object({ fact: z.string(), quotes: z.array(quote).min(1) });
    const instructor = rig.instructor([
      answer({ fact: "Ada was born in 1815.", quotes: ["born in London"] }),
      answer({ fact: "Ada was born in 1815.", quotes: ["She was born in 1815."] }),
    ]);
    await expect(
      instructor.create({ responseModel: Fact, messages: MESSAGES, context: source }),
    ).resolves.toMatchObject({ quotes: ["She was born in 1815."] });
    expect(rig.requests).toHaveLength(2);
  });

  it("a cache: a fetch that remembers", async () => {
    const answers = new Map<string, string>();
    const model = rig.model(calls(["response", RIGHT]));
    const client = rig.client(undefined, {
      fetch: async (url, init) => {
        const key = String(init?.body);
        const headers = { "content-type": "application/json" };
        const known = answers.get(key);
        if (known !== undefined) return new Response(known, { headers });
        const text = await (await fetch(url, init)).text();
        answers.set(key, text);
        return new Response(text, { headers });
      },
    });
    const instructor = fromOpenAI(client, { model });
    const ask = { responseModel: User, messages: MESSAGES };
    await expect(instructor.create(ask)).resolves.toEqual(ADA);
    await expect(instructor.create(ask)).resolves.toEqual(ADA);
    expect(rig.requests).toHaveLength(1);
    expect(traces.current.spans.map(({ name }) => name)).toEqual([
      `chat ${model}`,
      "instructor.create",
      `chat ${model}`,
      "instructor.create",
    ]);
  });

  it("tokens of a call that failed for another reason than the answer", async () => {
    const model = rig.model(calls(["response", "{}"]), { status: 400 });
    const failing = fromOpenAI(rig.client(), { model }).create({ responseModel: User, messages: MESSAGES });
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(extractionOf(error)?.totalUsage.totalTokens).toBe(18);
  });
});
