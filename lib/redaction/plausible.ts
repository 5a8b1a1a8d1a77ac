/** Words that stand where a secret would, in code, in documentation and in what programs print. */
const PLACEHOLDER = /^(?:null|none|nil|undefined|true|false|yes|no|required|optional|empty|missing|string|number)$/i;
/** What reads a variable: `process.env.TOKEN`, `form.password`, `$TOKEN`, `%s`. */
const REFERENCE =
  /^(?:\$\w*|%\w|\*+|(?:self|this|process|os|env|config|options|opts|args|params|req|request|props|settings|form|user|ctx|context|state|data|session|secrets|vars)(?:\.\w+)+)$/;
const DATE_OR_LINK = /^(?:\d{4}-\d\d-\d\d|[a-z][a-z0-9+.-]*:\/\/)/i;
const ARRAY_TYPE = /^(?:u?int|float|big(?:u?)int)\d/i;

/** Sub-prefixes under which OpenAI and those who speak its protocol give keys. */
const KNOWN_SK = /^sk-(?:proj|svcacct|admin|None|or|ant|lf)-/;

/** Twenty letters and digits in one piece, or eight that are mixed. */
const WITHOUT_ORDER = /[A-Za-z0-9]{20}|(?=[A-Za-z]{0,7}\d)(?=\d{0,7}[A-Za-z])[A-Za-z0-9]{8}/;

/** `sk-` also begins names such as `sk-fading-circle`: a key has a part without order, or a known beginning. */
export function isOpenAIKey(text: string): boolean {
  return KNOWN_SK.test(text) || WITHOUT_ORDER.test(text);
}

/** "Bearer of", "bearer authentication": words are no tokens. */
export function isBearerToken(text: string): boolean {
  return text.length >= 6 && (/\d/.test(text) || text.length >= 24 || /[a-z][A-Z]/.test(text));
}

/** Base64 of printable `user:password`. */
export function isBasicCredential(text: string): boolean {
  const decoded = Buffer.from(text, "base64").toString("latin1");
  return decoded.includes(":") && /^[\x20-\x7e]*$/.test(decoded);
}

/** The value of `password=…`: anything but what stands for a value in code. */
export function isAssignedSecret(value: string): boolean {
  return !PLACEHOLDER.test(value) && !REFERENCE.test(value);
}

/** The value of `password: …`, where prose goes on with a word: letters and digits, or signs, in one piece. */
export function isSecretLike(value: string): boolean {
  if (value.length < 6 || !isAssignedSecret(value) || DATE_OR_LINK.test(value) || ARRAY_TYPE.test(value)) return false;
  return isMixed(value) || value.length >= 24 || (value.length >= 8 && /[!@#$%^&*+=~]/.test(value));
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text);
}
