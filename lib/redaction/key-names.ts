/** Names of secrets, words joined. Every one contains a text of `HINTS`, or JSON is not looked at for it. */
const NAMES = [
  ..."authorization authorisation proxyauthorization cookie cookies setcookie".split(" "),
  ..."password passwords passwd pwd passphrase passcode secret secrets credential credentials".split(" "),
  ..."token accesstoken authtoken refreshtoken idtoken apitoken sessiontoken bearertoken securitytoken".split(" "),
  ..."accesstokens authtokens refreshtokens apitokens sessiontokens csrftoken xsrftoken jwt".split(" "),
  ..."apikey apikeys privatekey privatekeys accesskey accesskeys secretkey signingkey encryptionkey".split(" "),
  ..."sessionkey sharedkey masterkey accountkey storagekey sshkey authkey subscriptionkey".split(" "),
  ..."connectionstring connectionstrings ssn creditcard cardnumber cvv cvc".split(" "),
];
const HINTS = [
  "authori[sz]ation",
  "cookie",
  "pass(?:w|[-_ .]?word|[-_ .]?phrase|[-_ .]?code)",
  "pwd",
  "secret",
  "token",
];
const MORE_HINTS = ["credential", "key", "jwt", "connection", "ssn", "card", "cvv", "cvc"];
const LONGEST_HINT = 16;
/** Names that programs write as one word: `PGPASSWORD`, `openaiapikey`. */
const SUFFIX = /(?:password|passwd|secret|apikey|secretkey|accesskey|privatekey|accesstoken)$/;

/** A token beside one of these is counted, described or part of a vocabulary: `max_token`, `tokenType`, `eos_token`. */
const NO_SECRET_TOKEN_AFTER = new Set(
  "max min num number total input output prompt completion cached reasoning per first pad eos bos sep unk mask cls stop".split(
    " ",
  ),
);
const NO_SECRET_TOKEN_BEFORE = new Set(
  "count counts limit limits usage budget type types length size ids index rate cost costs price url uri endpoint".split(
    " ",
  ),
);

/** Runs of capitals, capitalised and small words, letters without case, digits: `APIKey2` is `api`, `key`, `2`. */
const WORD = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[\p{Lt}\p{Lm}\p{Lo}]+|\p{N}+/gu;

/** The words of a name, in small letters. */
export function nameWords(name: string): readonly string[] {
  return (name.match(WORD) ?? []).map((word) => word.toLowerCase());
}

/** A name that a credential was taken out of is not named after what was in it. */
const MARKS = /\[redacted:[a-z-]{1,40}\]/g;
const MAX_CACHED = 2_000;
const MAX_CACHED_LENGTH = 128;

/** This knows which names stand for secrets, by whole words: `author`, `tokenizer`, `max_tokens`, `secretary` do not. */
export class KeyNames {
  /** Finds in a text each place where a name may be, and more; undefined when there are no names at all. */
  readonly hint: RegExp | undefined;
  /** As long as what `hint` finds can be. */
  readonly longestHint: number;
  readonly #names: ReadonlySet<string>;
  readonly #suffix: RegExp | undefined;
  readonly #longest: number;
  readonly #cache = new Map<string, boolean>();

  constructor(extra: readonly string[], hasDefaults: boolean, hintsBeside: readonly string[]) {
    const given = extra.map(nameWords);
    const names = [...(hasDefaults ? NAMES : []), ...given.map((words) => words.join(""))];
    this.#names = new Set(names);
    this.#suffix = hasDefaults ? SUFFIX : undefined;
    this.#longest = names.reduce((longest, name) => Math.max(longest, name.length), 0);
    // One word suffices, and survives however the words are joined.
    const givenHints = given.map((words) =>
      words.reduce((long, word) => (word.length > long.length ? word : long), ""),
    );
    const hints = [...(hasDefaults ? [...HINTS, ...MORE_HINTS] : []), ...givenHints, ...hintsBeside];
    this.longestHint = givenHints.reduce((longest, { length }) => Math.max(longest, length), LONGEST_HINT);
    this.hint = hints.length === 0 ? undefined : new RegExp(hints.join("|"), "gi");
  }

  /** Whether the value of this name is a secret. */
  isSecret(name: string): boolean {
    let known = this.#cache.get(name);
    if (known !== undefined) return known;
    known = this.#check(nameWords(name.replace(MARKS, "")));
    if (this.#cache.size < MAX_CACHED && name.length <= MAX_CACHED_LENGTH) this.#cache.set(name, known);
    return known;
  }

  #check(words: readonly string[]): boolean {
    for (const [first, word] of words.entries()) {
      if (this.#suffix?.test(word) === true) return true;
      let joined = "";
      for (let last = first; last < words.length && joined.length < this.#longest; last++) {
        joined += words[last] ?? "";
        if (this.#names.has(joined) && !(joined === "token" && isCounted(words[first - 1], words[last + 1])))
          return true;
      }
    }
    return false;
  }
}

function isCounted(before: string | undefined, after: string | undefined): boolean {
  return NO_SECRET_TOKEN_AFTER.has(before ?? "") || NO_SECRET_TOKEN_BEFORE.has(after ?? "");
}
