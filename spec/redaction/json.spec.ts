import fc from "fast-check";
import { createRedactor } from "../../lib/redaction/index";
import { CANARIES } from "./canaries";

const redactor = createRedactor(true);
const redact = (text: string): string => redactor.redactText(text);

const secrets = fc.constantFrom(...CANARIES.map(({ text }) => text));
const names = fc.constantFrom(
  "password",
  "user",
  "api-key",
  "text",
  "access_token",
  "max_tokens",
  "name",
  "value",
  "token",
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      secrets,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("json"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(names, fc.string(), secrets), tie("json"), { maxKeys: 5 }),
    tie("json").map((value) => JSON.stringify(value)),
  ),
}));

/** What a value is, without its texts: lists by their lengths, objects by how many members they have. */
function shape(value: unknown, redacted: unknown): void {
  if (typeof redacted === "string") return;
  if (Array.isArray(value)) {
    expect(Array.isArray(redacted) && redacted.length).toBe(value.length);
    for (const [index, item] of value.entries()) shape(item, (redacted as unknown[])[index]);
  } else if (typeof value === "object" && value !== null) {
    const [given, shown] = [Object.entries(value), Object.entries(redacted as object)];
    const isRenamed = given.some(([key]) => !Object.hasOwn(redacted as object, key));
    if (isRenamed) return;
    expect(shown.map(([key]) => key)).toEqual(given.map(([key]) => key));
    for (const [index, [, member]] of given.entries()) shape(member, shown[index]![1]);
  } else {
    expect(redacted).toBe(value);
  }
}

describe("JSON", () => {
  it("keeps its structure, whatever is in it", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        shape(JSON.parse(text), JSON.parse(redact(text)));
      }),
      { numRuns: 1500 },
    );
  });

  it("redacted once more is the very same text", () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = redact(JSON.stringify(value));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 1500 },
    );
  });

  it("as text redacted once more is the very same text", () => {
    // Only after a redaction does a key that was glued to another one begin a word.
    const piece = fc.oneof(
      secrets.map((text) => `${text} `),
      names,
      fc.constantFrom(" ", ": ", "=", '"', "'", "\n", "\\", "{", "}", "[", ";", "&", "?", "Bearer ", "--"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redact(pieces.join(""));
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"password":"hunter2"}', '{"password":"[redacted]"}'],
    ['{ "password" : "hun\\"ter\\\\" , "user":"ada" }', '{ "password" : "[redacted]" , "user":"ada" }'],
    ['{"a":[{"apiKey":{"id":1,"list":["]","}"]}},2]}', '{"a":[{"apiKey":"[redacted]"},2]}'],
    ['{"secret":["a","b"],"x":1.50e+3}', '{"secret":"[redacted]","x":1.50e+3}'],
    [
      '{"pwd":1234,"ssn":true,"id":12345678901234567890}',
      '{"pwd":"[redacted]","ssn":"[redacted]","id":12345678901234567890}',
    ],
    ['{"pass\\u0077ord":"x1","\\u0073ecret":"y"}', '{"pass\\u0077ord":"[redacted]","\\u0073ecret":"[redacted]"}'],
    ['{"x":"\\u0073k-proj-aB3dE5gH7jK9mN1p"}', '{"x":"[redacted:openai]"}'],
    ['{"url":"https:\\/\\/ada:pw1@db\\/x","y":"\\/"}', '{"url":"https://ada:[redacted:url-password]@db/x","y":"\\/"}'],
    [
      '{"env":[{"name":"DB_PASSWORD","value":"pw"},{"name":"HOST","value":"db"}]}',
      '{"env":[{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"HOST","value":"db"}]}',
    ],
    [
      '[["Authorization","abc"],["host","db"],["cookie", ["a=b"] ]]',
      '[["Authorization","[redacted]"],["host","db"],["cookie", "[redacted]" ]]',
    ],
    ['[["password","token","x"]]', '[["password","token","x"]]'],
    ['["password","email"]', '["password","email"]'],
    ['{"a":"x","password":"hunt', '{"a":"x","password":"[redacted]"'],
    ['{"a":"x","secret":{"b":["c"', '{"a":"x","secret":"[redacted]"'],
    ['{"a":"see sk-proj-aB3dE5gH7jK9mN1pQ2s', '{"a":"see [redacted:openai]'],
    ["[1,tru", "[1,tru"],
    ['["sk-proj-aB","3dE5gH7jK9mN1p",tru', '["[redacted:openai]","",tru'],
    ['["sk-proj-aB3dE5gH7jK9",1,"mN1p"]', '["[redacted:openai]",1,"mN1p"]'],
    ['{"token":"Hel","logprob":-1,"password":"x"}', '{"token":"Hel","logprob":-1,"password":"[redacted]"}'],
    ['{"token":{"a":1},"logprob":-1}', '{"token":"[redacted]","logprob":-1}'],
    ['{"password":"a","password":"b"}', '{"password":"[redacted]","password":"[redacted]"}'],
    ['{"x":1}\n{"password":"a"}\n', '{"x":1}\n{"password":"[redacted]"}\n'],
    ['"Bearer abcdef123456"', '"Bearer [redacted:bearer]"'],
    ['{"a":["Bearer abc","def123456","then more"]}', '{"a":["Bearer [redacted:bearer]",""," more"]}'],
    ['["ghp_aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fG5hJ3","sk-proj-aB3dE5gH7jK9"]', '["[redacted:github]",""]'],
  ])("%s", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it("nested deeper than it is taken apart loses its secrets all the same", () => {
    let text = JSON.stringify({ password: "hunter2", note: "see sk-proj-aB3dE5gH7jK9mN1pQ2s" });
    for (let depth = 0; depth < 11; depth++) text = JSON.stringify({ text });
    const redacted = redact(text);
    expect(redacted).not.toMatch(/hunter2|aB3dE5/);
    let value: unknown = redacted;
    for (let depth = 0; depth < 11; depth++) value = JSON.parse(value as string).text;
    expect(JSON.parse(value as string)).toEqual({ password: "[redacted]", note: "see [redacted:openai]" });
  });
});

describe("text that is no JSON", () => {
  it.each([
    ['[INFO] login password="hunter2" ok', '[INFO] login password="[redacted]" ok'],
    [
      "{ user: 'ada', password: 'hunter2', apiKey: { id: 'x', key: 'y' } }",
      "{ user: 'ada', password: '[redacted]', apiKey: '[redacted]' }",
    ],
    [
      'failed: {"api_key":"abc","x":{"token":12,"secret":null}} at',
      'failed: {"api_key":"[redacted]","x":{"token":"[redacted]","secret":null}} at',
    ],
    ["{'api key': 'abc', 'b': 1}", "{'api key': '[redacted]', 'b': 1}"],
    ['x {\\"password\\":\\"hun\\\\\\"ter\\",\\"a\\":1}', 'x {\\"password\\":\\"[redacted]\\",\\"a\\":1}'],
    ["GET /a?api_key=abc&b=1&token=x%20y#top", "GET /a?api_key=[redacted]&b=1&token=[redacted]#top"],
    ["PGPASSWORD=abc DB=x", "PGPASSWORD=[redacted] DB=x"],
    ["password=a(b)c d", "password=a(b)c d"],
    ["password=a1!(b)c d", "password=[redacted] d"],
    ["Server=x; Password=a b,c; Trust=1", "Server=x; Password=[redacted]; Trust=1"],
    ["Cookie: sid=abc; theme=dark\nHost: x", "Cookie: [redacted]\nHost: x"],
    ["Set-Cookie: sid=abc; Path=/\\nHost: x", "Set-Cookie: [redacted]\\nHost: x"],
    ["authorization: Bearer abc123 was refused", "authorization: Bearer [redacted] was refused"],
    ['Authorization: Digest username="ada", response="123"\nx', "Authorization: Digest [redacted]\nx"],
    ["x-api-key: 0123abcd, x: 1", "x-api-key: [redacted], x: 1"],
    ["API key: 0123abcd", "API key: [redacted]"],
    ["--api-key 0123abcd --verbose", "--api-key [redacted] --verbose"],
    ["password := \"abc\"; secret => 'x'", "password := \"[redacted]\"; secret => '[redacted]'"],
    ["headers['authorization'] = 'abc'", "headers['authorization'] = '[redacted]'"],
    [
      "redis://:pw1@cache and amqp://a:b@c@host/",
      "redis://:[redacted:url-password]@cache and amqp://a:[redacted:url-password]@host/",
    ],
    ["https://discord.com/api/webhooks/1234567890/aBcDeFgHiJ", "https://discord.com/api/webhooks/[redacted:webhook]"],
    ["https://s3/x?X-Amz-Signature=0123456789abcdef&y", "https://s3/x?X-Amz-Signature=[redacted:signature]&y"],
    ["use sk-proj-aB3dE5gH7jK9mN1pQ2s. Then", "use [redacted:openai]. Then"],
    ["token=sk-proj-aB3dE5gH7jK9mN1pQ2s", "token=[redacted]"],
    ["Bearer abc123456. Then", "Bearer [redacted:bearer]. Then"],
    ["Authorization: Token 9944b09199c62bcf9418", "Authorization: Token [redacted]"],
    ['got {"m":"a\\nsk-proj-aB3dE5gH7jK9mN1pQ2s"}', 'got {"m":"a\\n[redacted:openai]"}'],
  ])("%s", (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});
