interface Word {
  readonly text: string;
  readonly value: boolean | null;
}

const TRUE: Word = { text: "true", value: true };
/** By the code of their first letter. */
const WORDS: ReadonlyMap<number, Word> = new Map([
  [0x74, TRUE],
  [0x66, { text: "false", value: false }],
  [0x6e, { text: "null", value: null }],
]);

/** This reads `true`, `false` or `null` whose letters come in pieces. */
export class JsonWord {
  #word = TRUE;
  #matched = 0;

  /** False when no word begins so; the first letter is read with the rest. */
  begin(code: number): boolean {
    this.#word = WORDS.get(code) ?? TRUE;
    this.#matched = 0;
    return WORDS.has(code);
  }

  /** Reads on from `at`, up to the word's end, the chunk's, or the first code unit that is wrong. */
  read(chunk: string, at: number): number {
    let end = at;
    while (end < chunk.length && !this.isWhole && chunk.charCodeAt(end) === this.text.charCodeAt(this.#matched)) {
      end++;
      this.#matched++;
    }
    return end;
  }

  get isWhole(): boolean {
    return this.#matched === this.#word.text.length;
  }

  get text(): string {
    return this.#word.text;
  }

  get value(): boolean | null {
    return this.#word.value;
  }
}
