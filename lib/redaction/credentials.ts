import { type Credential, type KeyShape, WORD_START, introduced, prefixedKey } from "./credential.js";
import { isBasicCredential, isBearerToken, isOpenAIKey } from "./plausible.js";
import { PRIVATE_KEY } from "./private-key.js";

const ALNUM = "[A-Za-z0-9]";
const WIDE = "[\\w-]";

/** At least `least` of one class, and all that follow. */
const run = (units: string, least: number): Pick<KeyShape, "rest" | "more"> => ({
  rest: `${units}{${least},${Math.max(least, 64)}}`,
  more: units,
});
const exactly = (units: string, count: number): Pick<KeyShape, "rest"> => ({ rest: `${units}{${count}}` });

const WITH_UNDERSCORE: readonly Credential[] = [
  ...["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].map((prefix) => prefixedKey("github", { prefix, ...run(ALNUM, 30) })),
  prefixedKey("github", { prefix: "github_pat_", ...run("\\w", 22) }),
  ...["sk_live_", "sk_test_", "rk_live_", "rk_test_"].map((prefix) =>
    prefixedKey("stripe", { prefix, ...run(ALNUM, 12) }),
  ),
  prefixedKey("stripe", { prefix: "whsec_", ...run("[A-Za-z0-9+/=]", 20) }),
  prefixedKey("npm", { prefix: "npm_", ...run(ALNUM, 30) }),
  prefixedKey("huggingface", { prefix: "hf_", ...run(ALNUM, 30) }),
  prefixedKey("groq", { prefix: "gsk_", ...run(ALNUM, 30) }),
  prefixedKey("shopify", { prefix: "shpat_", ...run("[A-Fa-f0-9]", 32) }),
];

const WITH_HYPHEN: readonly Credential[] = [
  prefixedKey("anthropic", { prefix: "sk-ant-", mark: "sk-", ...run(WIDE, 12) }),
  prefixedKey("openai", { prefix: "sk-", ...run(WIDE, 12), accepts: isOpenAIKey }),
  prefixedKey("gitlab", { prefix: "glpat-", mark: "pat-", back: 2, ...run("[\\w.-]", 20) }),
  ...["a", "b", "e", "o", "p", "r", "s"].map((letter) =>
    prefixedKey("slack", { prefix: `xox${letter}-`, ...run(WIDE, 10) }),
  ),
  prefixedKey("slack", { prefix: "xapp-", mark: "app-", back: 1, ...run(WIDE, 20) }),
  prefixedKey("google", { prefix: "GOCSPX-", mark: "SPX-", back: 3, ...run(WIDE, 20) }),
  prefixedKey("pypi", { prefix: "pypi-", mark: "ypi-", back: 1, ...run(WIDE, 40) }),
];

const WITH_CAPITALS: readonly Credential[] = [
  prefixedKey("aws", { prefix: "AKIA", ...exactly("[A-Z0-9]", 16) }),
  prefixedKey("aws", { prefix: "ASIA", ...exactly("[A-Z0-9]", 16) }),
  prefixedKey("google", { prefix: "AIza", ...exactly(WIDE, 35) }),
  prefixedKey("google", { prefix: "ya29\\.", ...run(WIDE, 20) }),
  prefixedKey("sendgrid", { prefix: "SG\\.", rest: `${WIDE}{16,64}\\.${WIDE}{16}`, more: WIDE }),
  prefixedKey("jwt", { prefix: "eyJ", rest: `${WIDE}{8,400}\\.${WIDE}{8}`, more: "[\\w.-]" }),
  prefixedKey("azure", { prefix: `${ALNUM}{52}JQQJ99`, mark: "JQQJ99", back: 52, ...run(ALNUM, 10) }),
];

/** Some serialisers write `\/`, which in JSON in JSON is `\\/`, and so on. */
const SLASHES = ":(?://|\\\\{1,255}/\\\\{1,255}/)";
/** What hosts of webhooks begin with; marks are looked for in the case they are written in. */
const HOST = "[Hh][Oo][Oo][Kk][Ss]|[Dd][Ii][Ss][Cc]";
/**
 * Most addresses have neither a password nor a webhook in them, and to look on from the slashes tells. In JSON text there
 * may be escapes on the way to the "@", and where a string or a piece of the text ends, the address may go on.
 */
const SECRET_ADDRESS = `${SLASHES}(?=${HOST}|[^\\s/?#@:"'<>]*(?:$|["\\n]|:[^\\s/?#"'<>]*(?:$|["\\n@])))`;
const WEBHOOKS = "(?:hooks\\.slack\\.com/services/|discord(?:app)?\\.com/api/webhooks/)";

const WITH_SLASHES: readonly Credential[] = [
  introduced("url-password", {
    mark: SECRET_ADDRESS,
    before: `${SLASHES}[^\\s/?#@:"'<>\\\\]{0,256}:`,
    secret: "[^\\s/?#\"'<>\\\\]{1,512}",
    after: "(?=@)",
  }),
  introduced("webhook", {
    mark: SECRET_ADDRESS,
    before: `${SLASHES}${WEBHOOKS}`,
    secret: "[\\w/-]{16,200}",
    more: "[\\w/-]",
  }),
];

export interface CredentialGroup {
  readonly credentials: readonly Credential[];
  /** The last character of all their marks. */
  readonly anchor?: string;
}

/**
 * Credentials by what their marks have in common. Each group is one search of the text: V8 steps over text fast where
 * the alternatives share few letters, at 0.3 to 0.6 µs/kB a group; all marks in one search cost three times as much.
 *
 * Source of the formats: the providers' pages on their keys, and GitHub's list "Supported secret scanning patterns".
 */
export const CREDENTIAL_GROUPS: readonly CredentialGroup[] = [
  { credentials: WITH_UNDERSCORE, anchor: "_" },
  { credentials: WITH_HYPHEN, anchor: "-" },
  { credentials: WITH_CAPITALS },
  { credentials: WITH_SLASHES },
  { credentials: [PRIVATE_KEY], anchor: "-" },
];

/** Marked by words in any case, and so searched together with names. */
export const WORDED_CREDENTIALS: readonly Credential[] = [
  introduced("bearer", {
    mark: "bearer",
    before: `${WORD_START}bearer(?:\\s|%20|\\+|\\\\[nrt]){1,8}`,
    secret: "[\\w.~+/=-]{6,512}",
    more: "[\\w.~+/=-]",
    accepts: isBearerToken,
  }),
  introduced("basic-auth", {
    mark: "basic",
    before: `${WORD_START}basic\\s{1,8}`,
    secret: "[\\w+/-]{6,400}={0,2}",
    accepts: isBasicCredential,
  }),
  introduced("signature", {
    mark: "sig(?:nature)?=",
    before: "(?<=[?&;]|amz-|goog-)sig(?:nature)?=",
    secret: "[^\\s&\"'<>\\\\]{12,512}",
    more: "[^\\s&\"'<>\\\\]",
  }),
];
