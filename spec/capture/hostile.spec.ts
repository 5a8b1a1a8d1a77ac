import { DEFAULT_CAPTURE_LIMITS, serializeValue } from "../../lib/capture/index.js";

const write = (value: unknown): string => serializeValue(value, DEFAULT_CAPTURE_LIMITS);
const read = (value: unknown): unknown => JSON.parse(write(value));

function thrower(): never {
  throw new Error("hostile");
}

/** A proxy that counts every trap, and answers as its target does. */
function countingProxy<T extends object>(target: T, count: (trap: string) => void): T {
  const traps = new Proxy<ProxyHandler<T>>(
    {},
    {
      get: (_, trap) => (count(String(trap)), undefined),
    },
  );
  return new Proxy(target, traps);
}

describe("a value whose own code fails", () => {
  const { proxy: revokedObject, revoke } = Proxy.revocable({}, {});
  const { proxy: revokedArray, revoke: revokeArray } = Proxy.revocable([], {});
  revoke();
  revokeArray();
  const failing = (...traps: string[]): object =>
    new Proxy({ a: 1 }, Object.fromEntries(traps.map((trap) => [trap, thrower])));

  const cases: [name: string, value: unknown, expected: unknown][] = [
    [
      "a getter",
      {
        get x(): number {
          return thrower();
        },
        y: 1,
      },
      { x: "[Unreadable: getter threw]", y: 1 },
    ],
    ["an item's getter", Object.defineProperty([1, 2, 3], 1, { get: thrower }), [1, "[Unreadable: getter threw]", 3]],
    ["toJSON", { toJSON: thrower }, "[Unreadable: toJSON threw]"],
    [
      "the getter of toJSON",
      {
        get toJSON() {
          return thrower();
        },
      },
      "[Unreadable: object threw]",
    ],
    ["a revoked proxy", revokedObject, "[Unreadable: proxy threw]"],
    ["a revoked array proxy", revokedArray, "[Unreadable: proxy threw]"],
    ["ownKeys", failing("ownKeys"), "[Unreadable: proxy threw]"],
    ["getPrototypeOf", failing("getPrototypeOf"), "[Unreadable: proxy threw]"],
    ["getOwnPropertyDescriptor", failing("getOwnPropertyDescriptor"), "[Unreadable: proxy threw]"],
    [
      "every trap",
      failing("get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"),
      "[Unreadable: proxy threw]",
    ],
    ["a function's name", Object.defineProperty(() => 1, "name", { get: thrower }), "[Unreadable: object threw]"],
    [
      "an error's message",
      Object.defineProperty(Object.assign(new Error("m"), { stack: "s" }), "message", { get: thrower }),
      { name: "Error", message: "[Unreadable: getter threw]", stack: "s" },
    ],
    [
      "a class's constructor",
      Object.create(Object.defineProperty({}, "constructor", { get: thrower }), { x: { value: 1, enumerable: true } }),
      { x: 1 },
    ],
    [
      "a getter that throws a hostile value",
      {
        get x(): number {
          throw revokedObject;
        },
      },
      { x: "[Unreadable: getter threw]" },
    ],
    [
      "Symbol.toStringTag, Symbol.iterator and then",
      {
        get [Symbol.toStringTag]() {
          return thrower();
        },
        [Symbol.iterator]: thrower,
        then: thrower,
      },
      { then: "[Function thrower]" },
    ],
  ];
  it.each(cases)("is contained beside intact neighbours: %s", (_, value, expected) => {
    expect(read(value)).toStrictEqual(expected);
    expect(read({ before: [1], value, after: { deep: "ok" } })).toStrictEqual({
      before: [1],
      value: expected,
      after: { deep: "ok" },
    });
    expect(read([0, value, 2])).toStrictEqual([0, expected, 2]);
    expect(read(new Map([["k", value]]))).toStrictEqual({ "[Map]": [["k", expected]] });
  });

  it("does not throw with hardly any stack left", () => {
    const value = { a: [{ b: "c".repeat(100) }] };
    const texts: string[] = [];
    const sink = (): void => {
      try {
        sink();
      } finally {
        if (texts.length < 200) texts.push(write(value));
      }
    };
    expect(sink).toThrow(RangeError);
    expect(texts.at(-1)).toBe(JSON.stringify(value));
    for (const text of texts) JSON.parse(text);
  });
});

describe("a value that runs code when it is used", () => {
  it("is never called, iterated or awaited", () => {
    const called: string[] = [];
    const generator = (function* () {
      called.push("generator");
      yield 1;
    })();
    const value = {
      generator,
      asyncGenerator: (async function* () {
        called.push("async generator");
        yield 1;
      })(),
      iterable: { [Symbol.iterator]: () => (called.push("iterator"), [][Symbol.iterator]()) },
      thenable: { then: () => called.push("then") },
      method: () => called.push("method"),
      promise: Object.assign(Promise.resolve(1), { then: () => called.push("promise") }),
    };
    expect(read(value)).toStrictEqual({
      generator: "[Generator]",
      asyncGenerator: "[Generator]",
      iterable: {},
      thenable: { then: "[Function then]" },
      method: "[Function method]",
      promise: "[Promise]",
    });
    expect(called).toStrictEqual([]);
    expect([...generator]).toStrictEqual([1]);
  });

  it("may capture a value of its own, within other limits, while it is being read", () => {
    const narrow = { maxBytes: 100, maxDepth: 2, maxItems: 1 };
    const outer = { toJSON: () => ({ a: [1, 2], inner: serializeValue([[3], 4], narrow) }) };
    const answer = { a: [1, 2], inner: '[[3],"[cut: 1 more item]"]' };
    expect(read([outer, outer, { y: [[[5]]], z: "z".repeat(200) }])).toStrictEqual([
      answer,
      answer,
      { y: [[[5]]], z: "z".repeat(200) },
    ]);
  });

  it("has each getter and toJSON run once", () => {
    const calls: string[] = [];
    const value = {
      get x(): string {
        calls.push("x");
        return "é\n";
      },
      get y(): object {
        calls.push("y");
        return new Map([[1, 10n ** 30n]]);
      },
      z: { toJSON: () => (calls.push("z"), Infinity) },
    };
    write(value);
    expect(calls).toStrictEqual(["x", "y", "z"]);
  });
});

describe("the work for a value without end", () => {
  const MAX_READS = 2 * DEFAULT_CAPTURE_LIMITS.maxItems;

  it("reads no more than maxItems members of a huge object, array, map and set", () => {
    let reads = 0;
    const counted = { enumerable: true, get: () => ++reads };
    const object = Object.defineProperties(
      {},
      Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, counted])),
    );
    write(object);
    expect(reads).toBe(DEFAULT_CAPTURE_LIMITS.maxItems);

    let traps = 0;
    write(countingProxy(new Array(1_000_000).fill(0), () => traps++));
    expect(traps).toBeLessThan(MAX_READS);

    let steps = 0;
    const asked = { toJSON: () => ++steps };
    write(new Map(Array.from({ length: 10_000 }, (_, i) => [i, asked])));
    expect(steps).toBe(DEFAULT_CAPTURE_LIMITS.maxItems);
    write(new Set(Array.from({ length: 10_000 }, () => ({ ...asked }))));
    expect(steps).toBe(2 * DEFAULT_CAPTURE_LIMITS.maxItems);
  });

  it("takes no more than maxItems entries out of a huge map or set", () => {
    for (const value of [
      new Map(Array.from({ length: 5000 }, (_, i) => [i, i])),
      new Set(Array.from({ length: 5000 }, (_, i) => i)),
    ]) {
      const next = jest.spyOn(Object.getPrototypeOf(value.values()) as Iterator<unknown>, "next");
      try {
        write(value);
        expect(next).toHaveBeenCalledTimes(DEFAULT_CAPTURE_LIMITS.maxItems);
      } finally {
        next.mockRestore();
      }
    }
  });

  it("asks a proxy of 100,000 keys for its keys once and for few of their values", () => {
    const traps: Record<string, number> = {};
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    const target = new Proxy(
      {},
      {
        ownKeys: () => keys,
        getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
        get: () => 1,
      },
    );
    const text = write(countingProxy(target, (trap) => (traps[trap] = (traps[trap] ?? 0) + 1)));
    expect(JSON.parse(text)).toMatchObject({ k0: 1, k999: 1, "…": "[cut: >1000 more keys]" });
    expect(traps["ownKeys"]).toBe(1);
    expect(traps["get"]).toBeLessThan(MAX_READS);
    expect(traps["getOwnPropertyDescriptor"]).toBeLessThan(2 * MAX_READS);
  });

  it("stops at the bytes: an endless tree of toJSON answers and of getters", () => {
    let calls = 0;
    const grow = (): object => ({ toJSON: () => (calls++, [grow(), grow(), grow()]) });
    JSON.parse(write(grow()));
    expect(calls).toBeLessThan(DEFAULT_CAPTURE_LIMITS.maxBytes / 2);

    let reads = 0;
    const lazy = (): object => ({
      get a() {
        reads++;
        return lazy();
      },
      get b() {
        reads++;
        return lazy();
      },
    });
    JSON.parse(write(lazy()));
    expect(reads).toBeLessThan(DEFAULT_CAPTURE_LIMITS.maxBytes / 4);
  });

  it("stops although nothing is written: members that are all undefined", () => {
    let reads = 0;
    const silent = Object.defineProperties(
      {},
      Object.fromEntries(
        Array.from({ length: 900 }, (_, i) => [`k${i}`, { enumerable: true, get: () => void reads++ }]),
      ),
    );
    JSON.parse(write(Array.from({ length: 1000 }, () => silent)));
    expect(reads).toBeLessThan(12_000);
  });

  it("leaves no more than the limit of any of these", () => {
    let deep: unknown = 0;
    let deepMap: unknown = 0;
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    for (let i = 0; i < 1000; i++) deepMap = new Map([[deepMap, deepMap]]);
    const bushy: Record<string, unknown> = {};
    bushy["all"] = Array.from({ length: 1000 }, () => bushy);
    const values = [
      deep,
      deepMap,
      bushy,
      Buffer.alloc(10_000_000),
      new Float64Array(1_000_000),
      "x".repeat(100_000_000),
      "\ud800".repeat(1_000_000),
      Array.from({ length: 100_000 }, (_, i) => i),
      Array.from({ length: 2000 }, () => '\u0001"é'.repeat(100)),
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, "x".repeat(100_000)])),
      new AggregateError(Array.from({ length: 1000 }, () => new Error("x".repeat(1000)))),
      Symbol("s".repeat(1_000_000)),
      2n ** 1_000_000n,
    ];
    for (const value of values) {
      const text = write(value);
      JSON.parse(text);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(DEFAULT_CAPTURE_LIMITS.maxBytes + 1024);
      JSON.parse(write([value, "neighbour"]));
    }
  });

  it("does not read a string of more than 8 Mi characters, which may be a rope", () => {
    expect(read({ rope: "x".repeat(100_000_000), b: 1 })).toStrictEqual({ rope: "[cut: 100000000 chars]", b: 1 });
  });
});
