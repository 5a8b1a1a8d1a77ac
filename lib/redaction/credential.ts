/** Where a secret lies in a text. */
export interface Found {
  readonly start: number;
  readonly end: number;
}

/** This recognises one kind of credential, at a place where its mark stands. */
export interface Credential {
  readonly kind: string;
  /** Source of an expression for what every such credential has, and little else. It is looked for in all text. */
  readonly mark: string;
  /** What it begins with, where that is known. */
  readonly beginning?: string;
  readonly find: (text: string, at: number) => Found | undefined;
  /** For text that goes on: from where it is kept back since it may become such a credential; -1 when it cannot. */
  readonly openFrom: (text: string, at: number) => number;
}

/** Not within a word; but the `n` of `\n` in escaped text is no letter. */
const START = "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf]))";
/** What any token may go on with. */
const TOKEN = "[\\w.~+/=%-]*";
/** Further than this no pattern looks before it decides, so that a text full of beginnings costs no more than this for each. */
const REACH = 800;

export interface KeyShape {
  /** Source of an expression for how it begins. */
  readonly prefix: string;
  /** How many units of it stand before the mark. Default 0. */
  readonly back?: number;
  /** The mark, where it is not the whole prefix. */
  readonly mark?: string;
  /** What must follow; it has an upper bound. */
  readonly rest: string;
  /** The units that belong to it as well, however many. */
  readonly more?: string;
  readonly accepts?: (text: string) => boolean;
}

/** A key that is known by how it begins. */
export function prefixedKey(
  kind: string,
  { prefix, back = 0, mark = prefix, rest, more, accepts }: KeyShape,
): Credential {
  const head = new RegExp(`${START}${prefix}${rest}`, "y");
  const open = new RegExp(`${START}${prefix}${TOKEN}$`, "y");
  const extend = extender(more);
  return {
    kind,
    mark,
    ...(/^(?:[\w-]|\\\.)+$/.test(prefix) ? { beginning: prefix.replace("\\", "") } : {}),
    find(text, at) {
      const start = at - back;
      if (start < 0 || !matchesAt(head, text, start)) return undefined;
      const end = head.lastIndex;
      return accepts === undefined || accepts(text.slice(start, end)) ? { start, end: extend(text, end) } : undefined;
    },
    openFrom(text, at) {
      const start = at - back;
      return start >= 0 && text.length - start <= REACH && matchesAt(open, text, start) ? start : -1;
    },
  };
}

export interface TailShape {
  readonly mark: string;
  /** What stands before the secret; it stays. */
  readonly before: string;
  /** The secret, with an upper bound. */
  readonly secret: string;
  /** What must follow it. */
  readonly after?: string;
  readonly more?: string;
  readonly accepts?: (secret: string) => boolean;
}

/** A secret that is known by what stands before it, in any case. */
export function introduced(kind: string, { mark, before, secret, after = "", more, accepts }: TailShape): Credential {
  const whole = new RegExp(`${before}(${secret})${after}`, "iy");
  const open = new RegExp(`${before}([^\\s"'<>\\\\]*)$`, "iy");
  const extend = extender(more);
  return {
    kind,
    mark,
    find(text, at) {
      whole.lastIndex = at;
      const found = whole.exec(text)?.[1];
      if (found === undefined || accepts?.(found) === false) return undefined;
      const end = whole.lastIndex;
      return { start: end - found.length, end: extend(text, end) };
    },
    openFrom(text, at) {
      if (text.length - at > REACH) return -1;
      open.lastIndex = at;
      const found = open.exec(text)?.[1];
      return found === undefined ? -1 : text.length - found.length;
    },
  };
}

/** The start of a word, for what is introduced by one. */
export const WORD_START = START;

function matchesAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

function extender(more: string | undefined): (text: string, end: number) => number {
  if (more === undefined) return (_text, end) => end;
  const run = new RegExp(`${more}*`, "y");
  return (text, end) => {
    run.lastIndex = end;
    run.test(text);
    let to = run.lastIndex;
    // The full stop of a sentence.
    while (text.charCodeAt(to - 1) === 0x2e) to--;
    return to;
  };
}
