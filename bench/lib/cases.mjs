// The service every contender traces, untraced, and the ways it is called. Its methods do almost nothing, so that what
// is measured is the tracing.

/** About 10 KB of chat messages as JSON, made alike on every machine. */
export function makeConversation(bytes, tag) {
  const conversation = { model: "small-model", tag, temperature: 0.2, messages: [] };
  for (let id = 0; JSON.stringify(conversation).length < bytes - 200; id++) {
    conversation.messages.push({
      role: id % 2 === 1 ? "assistant" : "user",
      content: `message ${id} ${"lorem ipsum dolor sit amet ".repeat(6)}`,
      meta: { id, score: id / 3, tags: ["a", "b", "c"] },
    });
  }
  return conversation;
}

const REQUEST = makeConversation(10_240, "request");
const REPLY = makeConversation(10_240, "reply");
const RESOLVED = Promise.resolve(7);
const WORDS = Array.from({ length: 1000 }, (_, index) => `word${index % 97} `);

export class Service {
  bias = 1;

  add(x) {
    return x + this.bias;
  }

  async addLater(x) {
    const value = await RESOLVED;
    return value + x + this.bias;
  }

  async level1(x) {
    return (await this.level2(x)) + 1;
  }

  async level2(x) {
    return (await this.level3(x)) + 1;
  }

  async level3(x) {
    return (await this.level4(x)) + 1;
  }

  async level4(x) {
    return (await this.level5(x)) + 1;
  }

  async level5(x) {
    await RESOLVED;
    return x + this.bias;
  }

  async *words() {
    for (let index = 0; index < WORDS.length; index++) yield WORDS[index];
  }

  async answer(request) {
    await RESOLVED;
    return request === REQUEST ? REPLY : undefined;
  }
}

/** What is traced, and how hand-written code has to go about it. */
export const METHODS = {
  add: "sync",
  addLater: "async",
  level1: "async",
  level2: "async",
  level3: "async",
  level4: "async",
  level5: "async",
  words: "stream",
  answer: "async",
};

/**
 * `spans` is how many spans one operation makes, `chunk` how many operations are timed together (about a
 * millisecond: shorter than the turn a busy machine gives a process),
 * `check` whether the traced service still answers as the plain one.
 */
export const CASES = {
  a_sync: {
    title: "sync call",
    spans: 1,
    chunk: 500,
    run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += service.add(i);
      return total;
    },
    check: (service) => service.add(41) === 42,
  },
  b_async: {
    title: "async call",
    spans: 1,
    chunk: 500,
    async run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += await service.addLater(i);
      return total;
    },
    check: async (service) => (await service.addLater(1)) === 9,
  },
  c_nest5: {
    title: "5 nested async calls",
    spans: 5,
    chunk: 100,
    async run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += await service.level1(i);
      return total;
    },
    check: async (service) => (await service.level1(1)) === 6,
  },
  d_gen1000: {
    title: "async generator, 1,000 chunks",
    spans: 1,
    chunk: 2,
    async run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) for await (const word of service.words()) total += word.length;
      return total;
    },
    async check(service) {
      let count = 0;
      for await (const word of service.words()) if (word.startsWith("word")) count++;
      return count === 1000;
    },
  },
  e_10kb: {
    title: "10 KB in, 10 KB out",
    spans: 1,
    chunk: 20,
    async run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) total += (await service.answer(REQUEST)).messages.length;
      return total;
    },
    check: async (service) => (await service.answer(REQUEST)) === REPLY,
  },
  f_conc100: {
    title: "100 concurrent async calls",
    spans: 100,
    chunk: 5,
    async run(service, count) {
      let total = 0;
      for (let i = 0; i < count; i++) {
        const calls = new Array(100);
        for (let k = 0; k < 100; k++) calls[k] = service.addLater(k);
        total += (await Promise.all(calls))[99];
      }
      return total;
    },
    check: async (service) => (await service.addLater(1)) === 9,
  },
};
