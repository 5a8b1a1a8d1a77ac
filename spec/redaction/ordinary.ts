import { readFileSync } from "node:fs";

/** A fixed sequence of numbers from 0 to 1, so that every run judges the same texts. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const WORDS = (
  "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one " +
  "you were her all she there would their we him been has when who will more no if out so said what up its about into " +
  "than them can only other new some could time these two may then do first any my now such like our over man me even " +
  "token tokens password secret key keys cookie session authorization basic bearer credential certificate author secretary " +
  "tokenizer keyboard monkey passport passing compass task risk disk ask-me desk-based risk-averse basket signal design " +
  "assign significant connection passage keynote turkey whiskey hockey donkey access private public account master"
).split(" ");
const NAMES = (
  "getAccessToken tokenCount max_tokens prompt_tokens tokenizer.encode secretaryName authorId passwordField keyBy " +
  "sortedKeys Object.keys apiKeyInput resetPassword cookieParser isAuthorized basicAuth sessionStore publicKeyOf"
).split(" ");

function ordinaryTexts(): string[] {
  const next = random(7);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)]!;
  const hex = (digits: number): string => Array.from({ length: digits }, () => pick([..."0123456789abcdef"])).join("");
  const words = (count: number): string => Array.from({ length: count }, () => pick(WORDS)).join(" ");
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const makers: (() => string)[] = [
    () => `${words(12)}. ${words(9)}, ${words(6)}.`,
    () => `Password: ${words(8)}. Token: ${words(5)}; secret: ${words(4)}.`,
    () => `${pick(NAMES)}(${pick(NAMES)}, ${String(Math.floor(next() * 1e6))})`,
    () => `const ${pick(NAMES)} = ${pick(NAMES)}.${pick(WORDS)}(${pick(WORDS)});`,
    () => `function login(password: string, token: Token): ${pick(WORDS)} { return password === token.secret; }`,
    () => `${words(3)} ${uuid()} ${words(2)}`,
    () => `trace ${hex(32)} span ${hex(16)} sha ${hex(40)}`,
    () => `https://desk.example.com:8443/${pick(WORDS)}/${uuid()}?page=2&q=${pick(WORDS)}`,
    () =>
      JSON.stringify({ id: uuid(), max_tokens: 4096, usage: { prompt_tokens: 12, total_tokens: 30 }, text: words(9) }),
    () => JSON.stringify({ role: "user", parts: [{ type: "text", content: `${words(20)}\n${words(4)}` }] }),
    () => JSON.stringify({ tags: [pick(WORDS), pick(WORDS), pick(WORDS)], author: words(2), tokenizer: "o200k_base" }),
    () => JSON.stringify({ image: Buffer.from(hex(90)).toString("base64"), name: pick(NAMES) }),
    () => Buffer.from(words(20)).toString("base64"),
    () =>
      `2024-01-02T03:04:05Z INFO desk ${pick(WORDS)}=${pick(WORDS)} count=${String(Math.floor(next() * 99))} ${words(4)}`,
    () => `at ${pick(NAMES)} (/srv/desk/dist/${pick(WORDS)}-${pick(WORDS)}.js:12:${String(Math.floor(next() * 99))})`,
    () => `chatcmpl-${hex(24)} resp_${hex(40)} call_${hex(24)} msg_${hex(24)} req-${hex(12)}`,
    () =>
      `The sk-${pick(WORDS)}-${pick(WORDS)} class, the ${pick(WORDS)}_${pick(WORDS)} column and v${hex(2)}.${hex(1)}`,
    () => `- [x] ${words(4)} (#${String(Math.floor(next() * 9999))}), see ${pick(WORDS)}@example.com`,
    () => `SELECT ${pick(WORDS)}, ${pick(WORDS)} FROM ${pick(WORDS)} WHERE id = '${uuid()}' AND key = $1`,
  ];
  return Array.from({ length: 4_000 }, (_, index) => makers[index % makers.length]!());
}

/** Texts without a secret in them: prose, code, logs, JSON, ids, base64, links. */
export const ORDINARY: readonly string[] = ordinaryTexts();

/** The paragraphs and lines of this project's own documents and code, which nobody wrote to be redacted. */
export function ownTexts(): string[] {
  const documents = ["README.md", "docs/architecture.md", "CHANGELOG.md", "bench/README.md"];
  const code = ["lib/semconv.ts", "lib/instruments/model-call.ts", "lib/openai/chat-completions.ts", "lib/errors.ts"];
  return [...documents, ...code].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== ""),
  );
}
