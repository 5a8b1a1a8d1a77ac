import { createRedactor } from "../../lib/redaction/index";
import { ORDINARY, ownTexts } from "./ordinary";

const redactor = createRedactor(true);
const hit = (texts: readonly string[]): string[] => texts.filter((text) => redactor.redactText(text) !== text);

describe("ordinary text", () => {
  it("is hit in fewer than 1 of 100", () => {
    // What is hit is `password=hockey` in a log line and an id after the word "bearer", which may as well be secrets.
    expect(hit(ORDINARY).filter((text) => !/(?:INFO desk \S+=|bearer [0-9a-f]{8}-)/.test(text))).toEqual([]);
    expect(hit(ORDINARY).length / ORDINARY.length).toBeLessThan(0.005);
  });

  it("is hit in fewer than 1 of 100 lines of our own documents and code", () => {
    const texts = ownTexts();
    expect(texts.length).toBeGreaterThan(500);
    expect(hit(texts)).toEqual([]);
  });

  it.each([
    "password: string; token?: string; secret: Buffer",
    "The secret: always be kind. Password: at least 8 characters.",
    "const token = await getToken(); password = form.password;",
    "login(password=password, token=get_token(), api_key=os.environ['KEY'])",
    "token=null&x; password=undefined; secret=None; api_key=$API_KEY; token=%s",
    "if (token == other) throw; a.token === b.token; Token::Word; key => value",
    "Bearer authentication, Basic information, a bearer of bad news, basic: yes",
    "task-0123abcd9876efgh45 and risk-a1b2c3d4e5f6g7h8i9j0",
    "login(password: { min: number }, token: [Token])",
    "see sk-fading-circle and sk-loading-spinner-container, task-based",
    "http://localhost:8080/a?x=ada@example.com and mailto:ada@example.com",
    "The file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.",
    '{"token":"Hel","logprob":-0.1,"top_logprobs":[{"token":"Hel", "logprob":-0.1,"bytes":[1]}]}',
    '{"max_tokens":10,"maxToken":5,"token_count":3,"tokenType":"bpe","eos_token":"</s>","time_to_first_token":0.2}',
    '{"author":"Ada","secretary":"Bob","tokenizer":"x","monkey":1,"cookiecutter":"y","tokens":["a","b"]}',
    '{"password":null,"secret":"","token": null}',
    "--password to be asked, --token is next",
    "key: value, primary key: 12345, the key=a",
    "token=token password=access_token",
    "Authorization: the process of giving rights",
    "Cookie: a small text",
    "expires: 2024-01-02T03:04:05Z, token: 2024-01-02T03:04:05Z",
    "secret: https://vault.example.com/v1",
    "password: Uint8Array, token: BigInt64Array",
  ])("stays: %s", (text) => {
    expect(redactor.redactText(text)).toBe(text);
  });
});
