/** The quoted forms of one member name, and the name that followed it last time. */
export interface MemberKey {
  readonly name: string;
  /** `"name":`, for the first member of an object. */
  readonly first: string;
  /** `,"name":`, for the others. */
  readonly rest: string;
  /** UTF-8 bytes of `rest`. */
  readonly bytes: number;
  next: MemberKey | undefined;
}

const MAX_KEYS = 2000;
const MAX_CACHED_CHARS = 64;

const known = new Map<string, MemberKey>();
let last = createKey("");

function createKey(name: string): MemberKey {
  const first = `${JSON.stringify(name)}:`;
  return { name, first, rest: `,${first}`, bytes: Buffer.byteLength(first) + 1, next: undefined };
}

/**
 * This returns the quoted forms of a member name, made once per name. Objects of one shape have their names in one
 * order, so the name that followed last time is tried before the table is asked: one comparison of pointers.
 * Long names are not kept, and a full table starts anew, so that data used as keys cannot fill the memory.
 */
export function memberKey(name: string): MemberKey {
  const guess = last.next;
  if (guess !== undefined && guess.name === name) return (last = guess);
  return findKey(name);
}

function findKey(name: string): MemberKey {
  let key = known.get(name);
  if (key === undefined) {
    key = createKey(name);
    if (name.length > MAX_CACHED_CHARS) return key;
    if (known.size >= MAX_KEYS) {
      known.clear();
      last = createKey("");
    }
    known.set(name, key);
  }
  last.next = key;
  return (last = key);
}
