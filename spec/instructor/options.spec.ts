import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

import { InvalidOptionError, fromOpenAI } from "../../lib/instructor/index.js";
import type { Instructor, InstructorOptions } from "../../lib/instructor/index.js";
import type OpenAI from "openai";
import { ADA, MESSAGES, RIGHT, User, calls, rejection, useRig } from "./extraction-rig.js";

const rig = useRig();

/** What the error says: the option, and what was given. */
function refused(error: unknown): unknown {
  expect(error).toBeInstanceOf(InvalidOptionError);
  const { option, message } = error as InvalidOptionError;
  return [option, message.slice(message.indexOf(`expected ${option} to be `) + `expected ${option} to be `.length)];
}

describe("fromOpenAI refuses", () => {
  const thrown = (client: unknown, options?: unknown): unknown => {
    try {
      return fromOpenAI(client as OpenAI, options as InstructorOptions<OpenAI>);
    } catch (error) {
      return refused(error);
    }
  };

  it.each<[unknown, string]>([
    [undefined, "undefined"],
    [null, "null"],
    ["sk-secret", '"…" (string)'],
    [{}, "an object"],
    [{ chat: {} }, "an object"],
    [{ chat: { completions: { create: 7 } } }, "an object"],
  ])("what is no client: %j", (client, given) => {
    expect(thrown(client)).toEqual([
      "fromOpenAI client",
      `a client of the openai package, such as new OpenAI(), got ${given}`,
    ]);
  });

  it.each<[object, string, string]>([
    [
      { mode: "functions" },
      "mode",
      'one of tools, json_schema, json, md_json, parallel_tools, got "functions" (string)',
    ],
    [{ mode: "toString" }, "mode", 'one of tools, json_schema, json, md_json, parallel_tools, got "toString" (string)'],
    [{ mode: null }, "mode", "one of tools, json_schema, json, md_json, parallel_tools, got null"],
    [{ model: "" }, "model", 'the name of a model, got "" (string)'],
    [{ model: 7 }, "model", "the name of a model, got 7 (number)"],
    [{ maxRetries: -1 }, "maxRetries", "a whole number of extra attempts, 0 or more, got -1 (number)"],
    [{ maxRetries: 1.5 }, "maxRetries", "a whole number of extra attempts, 0 or more, got 1.5 (number)"],
    [{ maxRetries: NaN }, "maxRetries", "a whole number of extra attempts, 0 or more, got NaN (number)"],
    [{ maxRetries: Infinity }, "maxRetries", "a whole number of extra attempts, 0 or more, got Infinity (number)"],
    [{ maxRetries: "2" }, "maxRetries", 'a whole number of extra attempts, 0 or more, got "2" (string)'],
    [{ retries: 2 }, "fromOpenAI option", 'one of mode, model, maxRetries, got "retries" (string)'],
  ])("the options %j", (options, option, text) => {
    expect(thrown(rig.client(), options)).toEqual([option, text]);
  });

  it("nothing that is left undefined", async () => {
    rig.server.answer("gpt", calls(["response", RIGHT]));
    const options = { mode: undefined, maxRetries: undefined, model: undefined } as object as InstructorOptions<OpenAI>;
    const instructor = fromOpenAI(rig.client(), options);
    await expect(instructor.create({ model: "gpt", responseModel: User, messages: MESSAGES })).resolves.toEqual(ADA);
  });
});

describe("a call refuses", () => {
  const DECIDED = "left out, as the mode and the method decide it, got";
  const RETRIES = "a whole number of extra attempts, 0 or more, got";
  const MILLIS = "a number of milliseconds above 0, got";
  const TOKENS = "a number of tokens above 0, got";
  const BAD: readonly (readonly [Record<string, unknown>, string, string])[] = [
    [{ responseModel: undefined }, "responseModel", "a zod schema, got undefined"],
    [{ stream: true }, "stream", `${DECIDED} true (boolean)`],
    [{ stream: false }, "stream", `${DECIDED} false (boolean)`],
    [{ tools: [] }, "tools", `${DECIDED} an array`],
    [{ tool_choice: "auto" }, "tool_choice", `${DECIDED} "auto" (string)`],
    [{ functions: [] }, "functions", `${DECIDED} an array`],
    [{ function_call: "auto" }, "function_call", `${DECIDED} "auto" (string)`],
    [{ response_format: { type: "text" } }, "response_format", `${DECIDED} an object`],
    [{ n: 2 }, "n", `${DECIDED} 2 (number)`],
    [{ model: "" }, "model", 'the name of a model, here or in the options of fromOpenAI, got "" (string)'],
    [{ model: 7 }, "model", "the name of a model, here or in the options of fromOpenAI, got 7 (number)"],
    [{ messages: undefined }, "messages", "a list of messages, as the API has them, got undefined"],
    [{ messages: "Hi" }, "messages", 'a list of messages, as the API has them, got "…" (string)'],
    [{ messages: ["Hi"] }, "messages", "a list of messages, as the API has them, got an array"],
    [{ messages: [null] }, "messages", "a list of messages, as the API has them, got an array"],
    [{ messages: [[]] }, "messages", "a list of messages, as the API has them, got an array"],
    [{ maxRetries: -1 }, "maxRetries", `${RETRIES} -1 (number)`],
    [{ maxRetries: null }, "maxRetries", `${RETRIES} null`],
    [{ maxRetries: 0.5 }, "maxRetries", `${RETRIES} 0.5 (number)`],
    [{ signal: new AbortController() }, "signal", "an AbortSignal, got an object"],
    [{ signal: { aborted: false } }, "signal", "an AbortSignal, got an object"],
    [{ signal: { addEventListener: () => 1 } }, "signal", "an AbortSignal, got an object"],
    [{ signal: null }, "signal", "an AbortSignal, got null"],
    [{ timeoutMillis: 0 }, "timeoutMillis", `${MILLIS} 0 (number)`],
    [{ timeoutMillis: -5 }, "timeoutMillis", `${MILLIS} -5 (number)`],
    [{ timeoutMillis: NaN }, "timeoutMillis", `${MILLIS} NaN (number)`],
    [{ timeoutMillis: "5" }, "timeoutMillis", `${MILLIS} "5" (string)`],
    [{ maxTotalTokens: 0 }, "maxTotalTokens", `${TOKENS} 0 (number)`],
    [{ maxTotalTokens: "5" }, "maxTotalTokens", `${TOKENS} "5" (string)`],
    [{ hooks: "parse:error" }, "hooks", 'an object of hooks by their events, got "parse:error" (string)'],
    [{ hooks: [] }, "hooks", "an object of hooks by their events, got an array"],
    [{ hooks: null }, "hooks", "an object of hooks by their events, got null"],
    [{ hooks: { "parse:error": 7 } }, "the hook of parse:error", "a function, got 7 (number)"],
    [{ requestOptions: "x" }, "requestOptions", 'an object, as the client\'s methods take it, got "x" (string)'],
    [
      { requestOptions: { signal: AbortSignal.abort() } },
      "requestOptions.signal",
      "given as `signal`, beside `requestOptions`, got an object",
    ],
    [{ retryStream: 1 }, "retryStream", "true or false, got 1 (number)"],
    [{ onAttempt: "x" }, "onAttempt", 'a function, got "x" (string)'],
    [{ onInvalidItem: "ignore" }, "onInvalidItem", '"throw", "skip" or a function, got "ignore" (string)'],
  ];

  it.each(BAD)("the options %j", async (options, option, text) => {
    const instructor = rig.instructor([calls(["response", RIGHT])]);
    const hook = jest.fn();
    instructor.on("completion:error", hook).on("completion:last_attempt", hook);
    const all = { responseModel: User, messages: MESSAGES, ...options };
    expect(refused(await rejection(instructor.create(all)))).toEqual([option, text]);
    expect(refused(await rejection(instructor.createWithCompletion(all)))).toEqual([option, text]);
    for (const open of [() => instructor.createIterable(all), () => instructor.createPartial(all)]) {
      try {
        open();
        expect("opened").toBe("thrown");
      } catch (error) {
        expect(refused(error)).toEqual([option, text]);
      }
    }
    expect(rig.requests).toEqual([]);
    expect(hook).not.toHaveBeenCalled();
  });

  it("a call without a model, where the client has none", async () => {
    const error = await rejection(fromOpenAI(rig.client()).create({ responseModel: User, messages: MESSAGES }));
    expect(refused(error)).toEqual([
      "model",
      "the name of a model, here or in the options of fromOpenAI, got undefined",
    ]);
  });

  it("no signal of another realm, and nothing that is left undefined", async () => {
    const instructor = rig.instructor([calls(["response", RIGHT])]);
    const names = BAD.map(([options]) => Object.keys(options)[0] ?? "").filter((name) => name !== "messages");
    const nothing = Object.fromEntries(names.map((name) => [name, undefined]));
    const all = { ...nothing, responseModel: User, messages: MESSAGES };
    await expect(instructor.create(all)).resolves.toEqual(ADA);
    expect(Object.keys(rig.bodies[0] ?? {}).sort()).toEqual(["messages", "model", "tool_choice", "tools"]);
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    } as unknown as AbortSignal;
    await expect(instructor.create({ ...all, signal })).resolves.toEqual(ADA);
  });
});

describe("every option that is typed is read", () => {
  const ROOT = join(__dirname, "../../lib/instructor");
  const parse = (file: string): ts.SourceFile =>
    ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.ES2022, true);
  const visit = (node: ts.Node, look: (node: ts.Node) => void): void => {
    look(node);
    node.forEachChild((child) => visit(child, look));
  };

  it("of a call", () => {
    const declared = new Set<string>();
    visit(parse("call-types.ts"), (node) => {
      if (!ts.isTypeAliasDeclaration(node)) return;
      if (!["ExtractionOptions", "StreamOptions", "IterableOptions"].includes(node.name.text)) return;
      visit(node, (member) => {
        if (ts.isPropertySignature(member)) declared.add(member.name.getText());
      });
    });
    const read = new Set<string>();
    visit(parse("call-settings.ts"), (node) => {
      if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return;
      for (const { dotDotDotToken, propertyName, name } of node.name.elements)
        if (dotDotDotToken === undefined) read.add((propertyName ?? name).getText());
    });
    expect([...declared].sort()).toEqual([...read].sort());
    expect(declared.size).toBe(13);
  });

  it("of a client", () => {
    const declared: string[] = [];
    let known: string[] = [];
    visit(parse("from-openai.ts"), (node) => {
      if (ts.isInterfaceDeclaration(node) && node.name.text === "InstructorOptions")
        declared.push(...node.members.map((member) => member.name?.getText() ?? ""));
      if (ts.isVariableDeclaration(node) && node.name.getText() === "OPTIONS")
        known = [...(node.initializer?.getText().matchAll(/"(\w+)"/g) ?? [])].map(([, name]) => name ?? "");
    });
    expect(declared).toEqual(known);
    expect(declared).toEqual(["mode", "model", "maxRetries"]);
  });
});

describe("the methods", () => {
  it("need no `this` of the caller's to refuse: a rejection, never a throw", async () => {
    const instructor: Instructor<OpenAI> = rig.instructor([calls(["response", RIGHT])]);
    const promise = instructor.create({ responseModel: User, messages: 7 as never });
    expect(promise).toBeInstanceOf(Promise);
    expect(await rejection(promise)).toBeInstanceOf(InvalidOptionError);
  });
});
