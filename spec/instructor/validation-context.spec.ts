import { setImmediate as turn } from "node:timers/promises";
import * as z from "zod";

import { validationContext } from "../../lib/instructor/index.js";
import { MESSAGES, calls, rejection, useRig } from "./extraction-rig.js";

const rig = useRig();
const answer = calls(["response", '{"n":1}']);

/** A schema that notes what the context is when its parts run. */
function noting(notes: unknown[]): z.ZodType {
  return z
    .object({
      n: z.number().refine(() => {
        notes.push(["refine", validationContext()]);
        return true;
      }),
    })
    .refine(async () => {
      await turn();
      notes.push(["async refine", validationContext()]);
      return true;
    })
    .transform(async (value) => {
      await turn();
      notes.push(["async transform", validationContext()]);
      return value;
    });
}

describe("the validation context", () => {
  it("is there while the schema runs, and neither before nor after", async () => {
    const notes: unknown[] = [];
    const instructor = rig.instructor([answer]);
    const context = { source: "text" };
    const note = (): void => void notes.push(["hook", validationContext(), instructor.validationContext()]);
    instructor.on("completion:kwargs", note).on("completion:response", note);
    await instructor.create({ responseModel: noting(notes), messages: MESSAGES, context });
    expect(notes).toEqual([
      ["hook", undefined, undefined],
      ["hook", undefined, undefined],
      ["refine", context],
      ["async refine", context],
      ["async transform", context],
    ]);
    expect((notes[2] as unknown[])[1]).toBe(context);
    expect(validationContext()).toBeUndefined();
  });

  it("is the instructor's too", async () => {
    const instructor = rig.instructor([answer]);
    const notes: unknown[] = [];
    const responseModel = z.object({ n: z.number().refine(() => notes.push(instructor.validationContext())) });
    await instructor.create({ responseModel, messages: MESSAGES, context: "here" });
    expect(notes).toEqual(["here"]);
  });

  it("is gone when an invalid answer is told of and asked again", async () => {
    const instructor = rig.instructor([answer], { maxRetries: 1 });
    const notes: unknown[] = [];
    const note = (): void => void notes.push(validationContext());
    instructor.on("parse:error", note).on("completion:kwargs", note).on("completion:last_attempt", note);
    const responseModel = z.object({ n: z.number().refine(() => Promise.resolve(false)) });
    await rejection(instructor.create({ responseModel, messages: MESSAGES, context: "here" }));
    expect(notes).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it.each([null, 0, "", false])("may be %p, and is undefined where none is given", async (context) => {
    const notes: unknown[] = [];
    const instructor = rig.instructor([answer]);
    await instructor.create({ responseModel: noting(notes), messages: MESSAGES, context });
    await instructor.create({ responseModel: noting(notes), messages: MESSAGES });
    expect(notes.map((note) => (note as unknown[])[1])).toEqual([
      context,
      context,
      context,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is each extraction's own where several run at once", async () => {
    const instructor = rig.instructor([answer]);
    const notes = Array.from({ length: 10 }, (): unknown[] => []);
    await Promise.all(
      notes.map((own, context) => instructor.create({ responseModel: noting(own), messages: MESSAGES, context })),
    );
    expect(notes.map((own) => own.map((note) => (note as unknown[])[1]))).toEqual(
      notes.map((_, context) => [context, context, context]),
    );
  });

  it("is not inherited by an extraction within a refinement, and is back after it", async () => {
    const inner: unknown[] = [];
    const outer: unknown[] = [];
    const instructor = rig.instructor([answer]);
    const responseModel = z.object({ n: z.number() }).refine(async () => {
      await instructor.create({ responseModel: noting(inner), messages: MESSAGES });
      outer.push(validationContext());
      await instructor.create({ responseModel: noting(inner), messages: MESSAGES, context: "inner" });
      outer.push(validationContext());
      return true;
    });
    await instructor.create({ responseModel, messages: MESSAGES, context: "outer" });
    expect(inner.map((note) => (note as unknown[])[1])).toEqual([
      undefined,
      undefined,
      undefined,
      "inner",
      "inner",
      "inner",
    ]);
    expect(outer).toEqual(["outer", "outer"]);
  });

  it("is in scope for calls of parallel_tools and for their list", async () => {
    const notes: unknown[] = [];
    const note = (what: string) => () => {
      notes.push([what, validationContext()]);
      return true;
    };
    const responseModel = z.array(z.object({ n: z.number() }).refine(note("item"))).refine(note("list"));
    const instructor = rig.instructor([calls(["function_1", '{"n":1}'])], { mode: "parallel_tools" });
    await instructor.create({ responseModel, messages: MESSAGES, context: "here" });
    expect(notes).toEqual([
      ["item", "here"],
      ["list", "here"],
    ]);
  });

  it("is one for both copies of the package", async () => {
    let other = validationContext;
    jest.isolateModules(() => {
      other = jest.requireActual<{ validationContext: typeof validationContext }>(
        "../../lib/instructor/validation-context.js",
      ).validationContext;
    });
    expect(other).not.toBe(validationContext);
    const notes: unknown[] = [];
    const responseModel = z.object({ n: z.number().refine(() => notes.push(other())) });
    await rig.instructor([answer]).create({ responseModel, messages: MESSAGES, context: "here" });
    expect(notes).toEqual(["here"]);
  });
});
