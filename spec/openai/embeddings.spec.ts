import { EMBEDDINGS } from "../../lib/openai/embeddings.js";

const facts = (embedding: unknown) => EMBEDDINGS.describeResponse({ model: "m-1", data: [{ embedding }] });
const content = (input: unknown) => EMBEDDINGS.describeContent({ input })["gen_ai.input.messages"];

describe("a call for embeddings", () => {
  it("tells how long the vectors are, never what they are", () => {
    const attributes = { "gen_ai.response.model": "m-1" };
    expect(facts([0.5, 0.25])).toEqual({ attributes: { ...attributes, "gen_ai.embeddings.dimension.count": 2 } });
    expect(facts("AAAA")).toEqual({ attributes });
    expect(EMBEDDINGS.describeResponse(undefined)).toEqual({ attributes: {} });
  });

  it("tells its texts, and nothing of lists of tokens", () => {
    const part = (text: string) => ({ type: "text", content: text });
    expect(content("a")).toEqual([{ role: "user", parts: [part("a")] }]);
    expect(content(["a", "b"])).toEqual([{ role: "user", parts: [part("a"), part("b")] }]);
    expect(content([1, 2])).toBeUndefined();
    expect(content([[1], [2]])).toBeUndefined();
    expect(content(undefined)).toBeUndefined();
  });
});
