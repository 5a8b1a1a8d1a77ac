import * as z from "zod";
import { fromOpenAI } from "../../lib/instructor/index.js";
import { traced } from "../../lib/index.js";
import { type LlmServer, startLlmServer } from "../support/llm-fixture-server.js";
import { openAIOf } from "../support/llm-server/clients.js";
import { useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const Person = z.object({ name: z.string(), age: z.number() });
const messages = [{ role: "user" as const, content: "Ada is 36." }];

const servers: LlmServer[] = [];
beforeAll(async () => void servers.push(await startLlmServer(), await startLlmServer()));
afterAll(() => Promise.all(servers.map((server) => server.close())));

describe("extractions from several providers", () => {
  it("each have the address and the model of the client they were asked with", async () => {
    const [first, second] = servers.map((server, at) => {
      server.answer(`model-${String(at)}`, {
        toolCalls: [{ name: "response", fragments: ['{"name":"Ada","age":36}'] }],
      });
      return fromOpenAI(openAIOf(server), { model: `model-${String(at)}` });
    });
    const compare = traced({ kind: "workflow", name: "compare" }, () =>
      Promise.all([first, second].map((instructor) => instructor?.create({ responseModel: Person, messages }))),
    );
    expect(await compare()).toEqual([
      { name: "Ada", age: 36 },
      { name: "Ada", age: 36 },
    ]);
    const [tree] = traces.current.tree(withAttributes("server.port"));
    const call = (at: number): object => ({
      name: "instructor.create",
      kind: "spandrel",
      children: [
        { name: `chat model-${String(at)}`, kind: "spandrel", "server.port": Number(new URL(servers[at]!.url).port) },
      ],
    });
    expect(tree?.children).toEqual(expect.arrayContaining([call(0), call(1)]));
    expect(tree).toEqual({ name: "compare", kind: "workflow", children: [expect.anything(), expect.anything()] });
  });
});
