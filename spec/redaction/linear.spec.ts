import { createRedactor } from "../../lib/redaction/index";

const redactor = createRedactor(true);
/** The smaller text; the larger is ten times that. Read as plain text half a megabyte, and less of it wrapped. */
const SMALL = { "in text": 50_000, "in a string": 10_000, "as JSON": 10_000, "in a list": 5_000 };
const SMALL_NESTED = 10_000;
/** Ten times the text takes ten times as long; a quadratic search takes a hundred times. */
const BOUND = 35;

/** What every search begins at and never finds, or finds only at the end. */
const NEAR_MISSES: Readonly<Record<string, string>> = {
  "beginnings of keys": "-sk-",
  "beginnings of keys without a key": "sk-a-",
  "beginnings of JWTs": "-eyJ-",
  "JWTs of one part": "eyJhbGciOiJIUzI1NiJ9.",
  slack: "xoxb-",
  URLs: "://",
  "URLs with a user": "://a:",
  "users without a host": "://a:b@",
  bearers: "bearer+",
  "bearers with spaces": "Bearer                    ",
  basic: "basic YQ ",
  signatures: ";sig=",
  names: "token",
  "names with colons": "token:",
  "names with equals": "$token=",
  "names in queries": "?token=%s",
  "names in lists": ";token=a ",
  "names in quotes": '"token":',
  "names with a string that does not end": "token:'",
  "names with an escaped string": "token:\\'",
  "objects of code": "token:{",
  "objects of code with a text": "token:{'",
  "objects with quotes": '"token":{',
  headers: "authorization: digest ",
  cookies: "cookie: a=",
  flags: "--token a1 ",
  "private keys": "-----BEGIN PRIVATE KEY-----",
  "private keys with a body": "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9Oi8E1P5n2bSqoGf1sQ",
  dashes: "-----BEGIN ",
  backslashes: "\\",
  quotes: '"',
  "escaped quotes": '\\"',
  "names and backslashes": "key\\\\\\\\\\\\\\\\",
  words: "the quick brown fox ",
  capitals: "AKIA",
  "one letter": "a",
  digits: "7",
  spaces: " ",
  dots: "a.",
};
const WRAPPED: Readonly<Record<keyof typeof SMALL, (text: string) => string>> = {
  "in text": (text) => `x ${text}`,
  "in a string": (text) => JSON.stringify({ text }),
  "as JSON": (text) => `[${text}`,
  "in a list": (text) => JSON.stringify(text.match(/[^]{1,5}/g)),
};
const NESTED: Readonly<Record<string, (size: number) => string>> = {
  lists: (size) => "[".repeat(size),
  objects: (size) => '{"a":'.repeat(size / 5),
  "secret pairs": (size) => '[["token",'.repeat(size / 10),
  "pairs of three": (size) => '[["token",'.repeat(size / 20) + "1,1]]".repeat(size / 10),
  logprobs: (size) => '{"token":'.repeat(size / 30) + '1,"logprob":1}'.repeat(size / 30),
  entries: (size) => `[${'{"name":"token","value":'.repeat(size / 24)}`,
  numbers: (size) => `["key",${"1,".repeat(size / 2)}1]`,
  members: (size) => `{${'"key":"a b","b":"token",'.repeat(size / 24)}"c":1}`,
  "empty texts": (size) => `[${'"",'.repeat(size / 3)}"sk-"]`,
};

/** Below some milliseconds the timer and the compiler are measured. */
const LEAST_MILLIS = 3;
const ATTEMPTS = 4;

/** How often longer the larger takes; measured again when it seems too long, as the machine is busy with other things. */
function ratio(run: (size: number) => void, small: number): number {
  const millis = (size: number): number => {
    const startedAt = performance.now();
    run(size);
    return performance.now() - startedAt;
  };
  let best = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && best > BOUND; attempt++) {
    const least = Math.max(Math.min(millis(small), millis(small)), LEAST_MILLIS);
    best = Math.min(best, millis(10 * small) / least);
  }
  return best;
}

const slow = (runs: readonly (readonly [string, number])[]): unknown => runs.filter(([, times]) => times > BOUND);
const repeated = (unit: string, size: number): string => unit.repeat(Math.ceil(size / unit.length));

describe("redaction takes time in proportion to the text", () => {
  it.each(Object.keys(WRAPPED) as (keyof typeof SMALL)[])(
    "of near misses %s",
    (wrapping) => {
      const wrap = WRAPPED[wrapping];
      const runs = Object.entries(NEAR_MISSES).map(([name, unit]) => {
        const run = (size: number): void => void redactor.redactText(wrap(repeated(unit, size)));
        return [name, ratio(run, SMALL[wrapping])] as const;
      });
      expect(slow(runs)).toEqual([]);
    },
    120_000,
  );

  it("of nested JSON", () => {
    const runs = Object.entries(NESTED).map(([name, make]) => {
      return [name, ratio((size) => void redactor.redactText(make(size)), SMALL_NESTED)] as const;
    });
    expect(slow(runs)).toEqual([]);
  }, 60_000);

  it("of a stream, whatever was before", () => {
    const runs = Object.entries(NEAR_MISSES).map(([name, unit]) => {
      const run = (size: number): void => {
        const text = repeated(unit, size);
        const stream = redactor.openTextStream();
        for (let at = 0; at < text.length; at += 200) stream.push(text.slice(at, at + 200));
        stream.finish();
      };
      // What is held back is bounded, and full long before the smaller text is.
      return [name, ratio(run, 10_000)] as const;
    });
    expect(slow(runs)).toEqual([]);
  }, 120_000);
});
