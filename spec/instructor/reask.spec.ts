import * as z from "zod";

import { InstructorRetryError, extractionOf } from "../../lib/instructor/index.js";
import type { InstructorMode } from "../../lib/instructor/index.js";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import type { Outcome } from "../support/llm-server/outcome.js";
import {
  ADA,
  AGE_LINE,
  MESSAGES,
  RIGHT,
  User,
  WRONG,
  answersIn,
  calls,
  rejection,
  says,
  useRig,
} from "./extraction-rig.js";

const rig = useRig();

const call = (id: number, text: string, name = "response"): object => ({
  id: `call_${id}`,
  type: "function",
  function: { name, arguments: text },
});
const called = (...made: readonly object[]): object => ({ role: "assistant", content: null, tool_calls: made });
const said = (content: string): object => ({ role: "assistant", content });
const toTool = (id: number, content: string): object => ({ role: "tool", tool_call_id: `call_${id}`, content });
const toUser = (content: string): object => ({ role: "user", content });

const again = (lines: string, plea = "Call response again, with all of it put right."): string =>
  `This is not valid:\n${lines}\n${plea}`;
const JSON_PLEA = "Answer again, with all of it put right, in JSON only.";
const MARKDOWN_PLEA = "Answer again, with all of it put right, in one ```json code block.";
const fenced = (text: string): string => `Here it is:\n\`\`\`json\n${text}\n\`\`\`\n`;

/** The turns that follow an answer in which the age is wrong. */
const CORRECTIONS: Readonly<
  Record<Exclude<InstructorMode, "parallel_tools">, (text: string, line: string) => object[]>
> = {
  tools: (text, line) => [called(call(0, text)), toTool(0, again(line))],
  json_schema: (text, line) => [said(text), toUser(again(line, JSON_PLEA))],
  json: (text, line) => [said(text), toUser(again(line, JSON_PLEA))],
  md_json: (text, line) => [said(fenced(text)), toUser(again(line, MARKDOWN_PLEA))],
};

/** Asks for a user, and gives what the second request adds to the first's messages. */
async function corrected(
  first: Outcome,
  options: { mode?: InstructorMode; responseModel?: z.ZodType; right?: Outcome; name?: string } = {},
): Promise<unknown> {
  const { mode = "tools", responseModel = User, right = answersIn(mode, RIGHT) } = options;
  await rig.instructor([first, right], { mode }).create({ responseModel, messages: MESSAGES });
  const [before, after] = rig.messages as (readonly unknown[])[];
  expect(rig.messages).toHaveLength(2);
  expect(after?.slice(0, before?.length)).toEqual(before);
  return after?.slice(before?.length);
}

describe.each(OPENAI_MAJORS)("%s: an answer that is not valid", (_major, Class) => {
  it.each(Object.entries(CORRECTIONS))("is shown to the model in mode %s, and so is the next", async (name, turns) => {
    const mode = name as InstructorMode;
    const second = '{"name":7,"age":36}';
    const instructor = rig.instructor(
      [WRONG, second, RIGHT].map((text) => answersIn(mode, text)) as [Outcome],
      { mode },
      Class,
    );
    await expect(instructor.create({ responseModel: User, messages: MESSAGES })).resolves.toEqual(ADA);
    const [first] = rig.messages as (readonly unknown[])[];
    expect(first?.at(-1)).toEqual(MESSAGES[0]);
    const corrections = [
      ...turns(WRONG, AGE_LINE),
      ...turns(second, "- name: Invalid input: expected string, received number"),
    ];
    expect(rig.messages).toEqual([
      first,
      [...(first ?? []), ...corrections.slice(0, 2)],
      [...(first ?? []), ...corrections],
    ]);
    // The rest of the request is what it was.
    const [one, two, three] = rig.bodies;
    expect({ ...two, messages: one?.["messages"] }).toEqual(one);
    expect({ ...three, messages: one?.["messages"] }).toEqual(one);
  });
});

describe("the correction", () => {
  it("tells each issue with its path, below the wrapper's key", async () => {
    const List = z.array(z.object({ tags: z.array(z.string().min(2)), n: z.number().max(3) }));
    const text = '{"items":[{"tags":["ab","x"],"n":1},{"tags":[],"n":9}]}';
    const right = calls(["response", '{"items":[]}']);
    expect(await corrected(calls(["response", text]), { responseModel: List, right })).toEqual([
      called(call(0, text)),
      toTool(
        0,
        again(
          "- items[0].tags[1]: Too small: expected string to have >=2 characters\n" +
            "- items[1].n: Too big: expected number to be <=3",
        ),
      ),
    ]);
  });

  it("tells of the value of another root below its key, and of an object's root as such", async () => {
    const Level = z.enum(["low", "high"]);
    const right = calls(["response", '{"value":"low"}']);
    expect(await corrected(calls(["response", '{"value":"mid"}']), { responseModel: Level, right })).toEqual([
      called(call(0, '{"value":"mid"}')),
      toTool(0, again('- value: Invalid option: expected one of "low"|"high"')),
    ]);
  });

  it("tells of a refinement that is asynchronous and of what a transform was given", async () => {
    const Checked = User.refine(async ({ age }) => Promise.resolve(age > 30), { path: ["age"], message: "too young" });
    const young = '{"name":"Ada","age":3}';
    expect(await corrected(calls(["response", young]), { responseModel: Checked })).toEqual([
      called(call(0, young)),
      toTool(0, again("- age: too young")),
    ]);
  });

  it("tells of an issue of a transform", async () => {
    const Day = z.object({
      age: z.number().transform((age, context) => {
        if (age < 30) context.addIssue({ code: "custom", message: "no such age" });
        return String(age);
      }),
    });
    expect(await corrected(calls(["response", '{"age":3}']), { responseModel: Day })).toEqual([
      called(call(0, '{"age":3}')),
      toTool(0, again("- age: no such age")),
    ]);
  });

  it("asks for the function where it was not called", async () => {
    expect(await corrected(says("Ada is 36."))).toEqual([
      said("Ada is 36."),
      toUser(again("- (root): Call the function response")),
    ]);
  });

  it("has no null for a text where the model said nothing at all", async () => {
    expect(await corrected({})).toEqual([said(""), toUser(again("- (root): Call the function response"))]);
  });

  it("answers every call where there are two", async () => {
    const told = again("- (root): Call response once, not 2 times");
    expect(await corrected(calls(["response", RIGHT], ["response", RIGHT]))).toEqual([
      called(call(0, RIGHT), call(1, RIGHT)),
      toTool(0, told),
      toTool(1, told),
    ]);
  });

  it("asks for the function where another was called", async () => {
    expect(await corrected(calls(["answer", RIGHT]))).toEqual([
      called(call(0, RIGHT, "answer")),
      toTool(0, again("- (root): Call response, and no other function")),
    ]);
  });

  it("keeps what the model said beside its call", async () => {
    expect(await corrected({ ...calls(["response", WRONG]), text: ["One moment."] })).toEqual([
      { role: "assistant", content: "One moment.", tool_calls: [call(0, WRONG)] },
      toTool(0, again(AGE_LINE)),
    ]);
  });

  it("leaves out what else a provider puts into a message", async () => {
    // The server's messages have `annotations`, `refusal` and, here, `reasoning_content`.
    expect(await corrected({ ...says("no"), reasoning: ["Hm."] })).toEqual([
      said("no"),
      toUser(again("- (root): Call the function response")),
    ]);
  });

  it.each<[string, string]>([
    ['{"name":"Ada","age":}', "- (root): This is not well-formed JSON at offset 20"],
    ['{"name":"Ada","age":36', "- (root): This is not well-formed JSON at offset 22"],
    ["", "- (root): This is not well-formed JSON at offset 0"],
    [`${RIGHT}}`, "- (root): This is not well-formed JSON at offset 23"],
    ["{'name':'Ada'}", "- (root): This is not well-formed JSON at offset 1"],
  ])("says where arguments are not JSON: %s", async (text, line) => {
    expect(await corrected(calls(["response", text]))).toEqual([called(call(0, text)), toTool(0, again(line))]);
  });

  it("says so where a wrapped value's text is not JSON, as of the whole", async () => {
    const right = calls(["response", '{"items":[]}']);
    expect(await corrected(calls(["response", "[1,"]), { responseModel: z.array(z.string()), right })).toEqual([
      called(call(0, "[1,")),
      toTool(0, again("- (root): This is not well-formed JSON at offset 3")),
    ]);
  });

  it.each<[InstructorMode, string]>([
    ["json_schema", JSON_PLEA],
    ["json", JSON_PLEA],
    ["md_json", MARKDOWN_PLEA],
  ])("asks for JSON where mode %s has no text", async (mode, plea) => {
    const line = "- (root): The answer is empty. Answer with JSON";
    expect(await corrected({}, { mode })).toEqual([said(""), toUser(again(line, plea))]);
  });

  it("asks for a code block where there is no JSON in the text", async () => {
    expect(await corrected(says("Ada is {36}."), { mode: "md_json" })).toEqual([
      said("Ada is {36}."),
      toUser(again("- (root): Answer with JSON in a ```json code block", MARKDOWN_PLEA)),
    ]);
  });

  it("names at most 20 issues", async () => {
    const List = z.array(z.number());
    const text = JSON.stringify({ items: Array.from({ length: 25 }, () => "x") });
    const turns = await corrected(calls(["response", text]), {
      responseModel: List,
      right: calls(["response", '{"items":[]}']),
    });
    const { content } = (turns as { content: string }[])[1] ?? { content: "" };
    const lines = Array.from(
      { length: 20 },
      (_, index) => `- items[${index}]: Invalid input: expected number, received string`,
    );
    expect(content).toBe(again([...lines, "- … and 5 more"].join("\n")));
  });

  it("takes the messages as they were when asked", async () => {
    const messages = [...MESSAGES];
    const instructor = rig.instructor([calls(["response", WRONG]), calls(["response", RIGHT])]);
    instructor.on("completion:response", () => messages.push({ role: "user", content: "more" }));
    await instructor.create({ responseModel: User, messages });
    expect(rig.messages).toEqual([MESSAGES, [...MESSAGES, ...CORRECTIONS.tools(WRONG, AGE_LINE)]]);
    expect(messages).toHaveLength(3);
  });
});

describe("the correction of parallel calls", () => {
  const Weather = z.object({ city: z.string() }).meta({ title: "get_weather" });
  const Time = z.object({ zone: z.string().min(3) }).meta({ title: "get_time" });
  const Both = z.array(z.union([Weather, Time]));
  const options = {
    mode: "parallel_tools",
    responseModel: Both,
    right: calls(["get_time", '{"zone":"CET"}']),
  } as const;
  const plea = "Make all calls again, with all of it put right.";

  it("answers each call with its own issues, and says which were valid", async () => {
    const outcome = calls(
      ["get_weather", '{"city":7}'],
      ["get_time", '{"zone":"CET"}'],
      ["get_time", '{"zone":"'],
      ["get_moon", "{}"],
    );
    expect(await corrected(outcome, options)).toEqual([
      called(
        call(0, '{"city":7}', "get_weather"),
        call(1, '{"zone":"CET"}', "get_time"),
        call(2, '{"zone":"', "get_time"),
        call(3, "{}", "get_moon"),
      ),
      toTool(0, again("- city: Invalid input: expected string, received number", plea)),
      toTool(1, "This call is valid. Make it again beside the others."),
      toTool(2, again("- (root): This is not well-formed JSON at offset 9", plea)),
      toTool(3, again("- (root): Call get_weather or get_time, and no other function", plea)),
    ]);
  });

  it("asks for the functions where none was called", async () => {
    expect(await corrected(says("Fine."), options)).toEqual([
      said("Fine."),
      toUser(again("- (root): Call get_weather or get_time", plea)),
    ]);
  });

  it("tells of the list as a whole with the first call, and of a call that a refinement of the list names with it", async () => {
    const responseModel = Both.refine((list) => list.length < 2, "no more than one").superRefine((list, context) => {
      if (list.length > 1) context.addIssue({ code: "custom", path: [1, "zone"], message: "one too many" });
    });
    const outcome = calls(["get_weather", '{"city":"Bern"}'], ["get_time", '{"zone":"CET"}']);
    expect(await corrected(outcome, { ...options, responseModel })).toEqual([
      called(call(0, '{"city":"Bern"}', "get_weather"), call(1, '{"zone":"CET"}', "get_time")),
      toTool(0, again("- (root): no more than one", plea)),
      toTool(1, again("- zone: one too many", plea)),
    ]);
  });
});

describe("what a refinement throws", () => {
  it("is given to the caller as it is, and not asked again", async () => {
    const reason = new TypeError("the directory is down");
    const instructor = rig.instructor([calls(["response", RIGHT])]);
    for (const refine of [
      () => {
        throw reason;
      },
      async () => Promise.reject(reason),
    ]) {
      const error = await rejection(instructor.create({ responseModel: User.refine(refine), messages: MESSAGES }));
      expect(error).toBe(reason);
      expect(extractionOf(error)).toMatchObject({ attempts: [{ number: 1, issues: [] }], messages: MESSAGES });
    }
    expect(rig.requests).toHaveLength(2);
  });
});

describe("JSON with something around it", () => {
  it.each<[string, string]>([
    ["a fence with a language", `\`\`\`json\n${RIGHT}\n\`\`\``],
    ["a fence without", `\`\`\`\n${RIGHT}\n\`\`\``],
    ["a fence of another language", `\`\`\`JSON5\n${RIGHT}\n\`\`\``],
    ["a fence on the same line", `So: \`\`\`json ${RIGHT}\`\`\` as asked.`],
    ["prose before and after a fence", `Sure {really}!\n\n\`\`\`json\n${RIGHT}\n\`\`\`\nIs it {fine}?`],
    ["prose, without a fence", `Sure {really}!\n${RIGHT}\nIs it {fine}?`],
    ["nothing", RIGHT],
    ["blank lines", `\n\n   ${RIGHT}  \n`],
    ["Windows line ends", `Here:\r\n\`\`\`json\r\n${RIGHT}\r\n\`\`\`\r\n`],
    ["more JSON after it", `${RIGHT}\n{"name":"Bob","age":1}`],
    ["the same text, pretty", `\`\`\`json\n${JSON.stringify(ADA, null, 2)}\n\`\`\``],
  ])("is read in md_json: %s", async (_name, text) => {
    const instructor = rig.instructor([says(text)], { mode: "md_json", maxRetries: 0 });
    await expect(instructor.create({ responseModel: User, messages: MESSAGES })).resolves.toEqual(ADA);
  });

  it("is read in md_json with brackets and quotes in its texts", async () => {
    const value = { name: 'a "]}" \\ {[ ```', age: 1 };
    const text = `Here:\n\`\`\`json\n${JSON.stringify(value)}\n\`\`\``;
    const instructor = rig.instructor([says(text)], { mode: "md_json", maxRetries: 0 });
    await expect(instructor.create({ responseModel: User, messages: MESSAGES })).resolves.toEqual(value);
  });

  it("is no JSON in the other modes", async () => {
    for (const mode of ["json", "json_schema"] as const) {
      const instructor = rig.instructor([says(fenced(RIGHT))], { mode, maxRetries: 0 });
      const error = await rejection(instructor.create({ responseModel: User, messages: MESSAGES }));
      expect(error).toBeInstanceOf(InstructorRetryError);
      expect(error).toMatchObject({
        issues: [{ path: [], code: "invalid_json", message: "This is not well-formed JSON at offset 0" }],
      });
    }
  });
});
