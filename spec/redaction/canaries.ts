/** Secrets in the formats of those who give them. All are made up. */
export interface Canary {
  readonly kind: string;
  /** As it stands in a text. */
  readonly text: string;
  /** What must not show. */
  readonly secret: string;
}

const canary = (kind: string, secret: string, before = "", after = ""): Canary => ({
  kind,
  secret,
  text: `${before}${secret}${after}`,
});
const body = (kind: string, of: string): Canary => ({ kind, text: of, secret: of.slice(of.length >> 1) });

const LETTERS = "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fG5hJ3kL7nP9rS2tU4wX6zA8cD1eF3gH5";
export const PEM = [
  "-----BEGIN RSA PRIVATE KEY-----",
  "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi8E1P5n2bSqoGf1sQ0t6v8w9xA",
  "bCdEfGhIjKlMnOpQrStUvWxYz0123456789+/aBcDeFgHiJkLmNoPqRsTuVwXyZ0",
  "-----END RSA PRIVATE KEY-----",
].join("\n");

export const CANARIES: readonly Canary[] = [
  canary("openai legacy", `sk-${LETTERS.slice(0, 48)}`),
  canary("openai project", `sk-proj-${LETTERS.slice(0, 20)}_${LETTERS.slice(20, 40)}-${LETTERS.slice(40)}`),
  canary("anthropic", `sk-ant-api03-${LETTERS}-${LETTERS.slice(0, 20)}AA`),
  canary("openrouter", "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"),
  canary("aws access key", "AKIAIOSFODNN7EXAMPLE"),
  canary("aws secret key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY="),
  canary("github", `ghp_${LETTERS.slice(0, 36)}`),
  canary("github fine-grained", `github_pat_11ABCDEFG0${LETTERS.slice(0, 12)}_${LETTERS.slice(0, 59)}`),
  canary("gitlab", `glpat-${LETTERS.slice(0, 20)}`),
  canary("google", `AIzaSyA${LETTERS.slice(0, 32)}`),
  canary("google oauth", `ya29.${LETTERS.slice(0, 40)}`),
  canary("slack", `xoxb-1234567890123-1234567890123-${LETTERS.slice(0, 24)}`),
  canary("slack webhook", `T01AB2CD3/B04EF5GH6/${LETTERS.slice(0, 24)}`, "https://hooks.slack.com/services/"),
  canary("stripe", `sk_live_${LETTERS.slice(0, 24)}`),
  canary("npm", `npm_${LETTERS.slice(0, 36)}`),
  canary("huggingface", `hf_${LETTERS.slice(0, 34)}`),
  canary("sendgrid", `SG.${LETTERS.slice(0, 22)}.${LETTERS.slice(0, 43)}`),
  canary("azure openai", `${LETTERS.slice(0, 52)}JQQJ99BAACYeBjFXJ3w3AAABACOGabcd`),
  canary(
    "azure storage",
    `${LETTERS}${LETTERS.slice(0, 20)}==`,
    "DefaultEndpointsProtocol=https;AccountName=desk;AccountKey=",
  ),
  canary(
    "azure sas",
    "aB3dE5gH7jK9mN1pQ2sT4vW6yZ8bC0fG5hJ3kL%3D",
    "https://desk.blob.core.windows.net/a?sv=2024-01-01&sig=",
  ),
  canary(
    "jwt",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkFkYSJ9.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
  ),
  canary("bearer", "mF_9.B5f-4.1JqM", "Bearer "),
  canary("basic auth", "YWRhOmxvdmVsYWNlLTE4MTU=", "Authorization: Basic "),
  canary("url password", "p4ss-w0rd", "postgres://desk:", "@db.internal:5432/desk"),
  canary("connection string", "Hunter2!x", "Server=db;Database=desk;User Id=app;Password=", ";Encrypt=true"),
  { ...body("private key", PEM), secret: "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi8E1P5n2bSqoGf1sQ0t6v8w9xA" },
  canary("password", "hunter2hunter", "password="),
];

const hexOf = (letters: string): string =>
  [...letters].map((letter) => ((letter.codePointAt(0) ?? 0) % 16).toString(16)).join("");

/** Canaries of the same kinds, made of other letters and digits. */
export function canariesOf(letters: string): readonly Canary[] {
  const rotated = `${letters.slice(17)}${letters.slice(0, 17)}`;
  return [
    canary("openai legacy", `sk-${letters.slice(0, 48)}`),
    canary("openai project", `sk-proj-${letters.slice(0, 20)}_${letters.slice(20, 40)}-${letters.slice(40)}`),
    canary("anthropic", `sk-ant-api03-${letters}-${rotated.slice(0, 20)}AA`),
    canary("openrouter", `sk-or-v1-${hexOf(letters)}`),
    canary("aws access key", `AKIA${letters.toUpperCase().slice(0, 16)}`),
    canary("aws secret key", rotated.slice(0, 40), "AWS_SECRET_ACCESS_KEY="),
    canary("github", `ghp_${letters.slice(0, 36)}`),
    canary("github fine-grained", `github_pat_11ABCDEFG0${letters.slice(0, 12)}_${letters.slice(0, 59)}`),
    canary("gitlab", `glpat-${letters.slice(0, 20)}`),
    canary("google", `AIzaSyA${letters.slice(0, 32)}`),
    canary("google oauth", `ya29.${letters.slice(0, 40)}`),
    canary("slack", `xoxb-1234567890123-1234567890123-${letters.slice(0, 24)}`),
    canary("slack webhook", `T01AB2CD3/B04EF5GH6/${letters.slice(0, 24)}`, "https://hooks.slack.com/services/"),
    canary("stripe", `sk_live_${letters.slice(0, 24)}`),
    canary("npm", `npm_${letters.slice(0, 36)}`),
    canary("huggingface", `hf_${letters.slice(0, 34)}`),
    canary("sendgrid", `SG.${letters.slice(0, 22)}.${rotated.slice(0, 43)}`),
    canary("azure storage", `${letters}${letters.slice(0, 20)}==`, "DefaultEndpointsProtocol=https;AccountKey="),
    canary("azure sas", `${rotated.slice(0, 43)}%3D`, "https://desk.blob.core.windows.net/a?sv=2024-01-01&sig="),
    canary("jwt", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx${letters.slice(0, 24)}.${rotated.slice(0, 43)}`),
    canary("bearer", rotated.slice(0, 24), "Bearer "),
    canary("basic auth", Buffer.from(`ada:${letters.slice(0, 14)}`).toString("base64"), "Authorization: Basic "),
    canary("url password", letters.slice(3, 15), "postgres://desk:", "@db.internal:5432/desk"),
    canary("connection string", letters.slice(5, 17), "Server=db;User Id=app;Password=", ";Encrypt=true"),
    canary("password", letters.slice(7, 20), "password="),
  ];
}

/** 200 of them: each kind with eight sets of letters. */
export const MANY_CANARIES: readonly Canary[] = Array.from({ length: 8 }, (_, turn) =>
  canariesOf(`${LETTERS.slice(turn * 7)}${LETTERS.slice(0, turn * 7)}`),
).flat();
