import type { Stream as OpenAIStream } from "openai/streaming";
import { OPENAI_MAJORS } from "../support/llm-server/clients.js";
import { useTraces } from "../support/traces.js";
import { MESSAGES, type Script, type Twin, expectTwins, readAll, settle } from "./twins.js";

const traces = useTraces();

const open = ({ client }: Twin, model: string, signal?: AbortSignal) =>
  client.chat.completions.create({ model, messages: MESSAGES, stream: true }, signal === undefined ? {} : { signal });
const openResponse = ({ client }: Twin, model: string) => client.responses.create({ model, input: "Hi", stream: true });

/** How the request of this model ended, for the server. */
const ended = async ({ server }: Twin, model: string) => (await server.arrived(model)).ended;

/** Reads to whatever end, telling of each item and of what was thrown. */
const readOut = async (stream: AsyncIterable<unknown>, { see }: Twin): Promise<void> => {
  see("end", await settle(() => readAll(stream, see)));
};

/** What consumers do with a stream. */
const USES: Readonly<Record<string, Script>> = {
  "the stream itself": async (twin) => {
    for (const stream of [await open(twin, "text"), await openResponse(twin, "text")]) {
      twin.see("stream", stream);
      const iterator = stream[Symbol.asyncIterator]();
      twin.see("iterator", iterator);
      twin.see("tag", Object.prototype.toString.call(iterator));
      twin.see("methods", [typeof iterator.next, typeof iterator.return, typeof iterator.throw]);
      twin.see("step", await iterator.next());
      await readOut({ [Symbol.asyncIterator]: () => iterator }, twin);
      twin.see("after the end", await iterator.next());
    }
  },
  "the first chunk, before the others are sent": async (twin) => {
    for (const model of ["gated@1", "gated@2"]) {
      const stream = await (model === "gated@1" ? open(twin, model) : openResponse(twin, model));
      const iterator = (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      const gate = twin.server.gate(model);
      for (let at = 0; at < 3; at++) {
        const step = iterator.next();
        twin.see("sent", await gate.next());
        twin.see("chunk", await step);
      }
      gate.open();
      await readOut({ [Symbol.asyncIterator]: () => iterator }, twin);
      twin.see("server", await ended(twin, model));
    }
  },
  "several pulls at once": async (twin) => {
    const iterator = (await open(twin, "text"))[Symbol.asyncIterator]();
    const steps = Array.from({ length: 9 }, async (_, at) => {
      const step = await iterator.next();
      twin.see(`step ${String(at)}`, step);
    });
    await Promise.all(steps);
  },
  "a break": async (twin) => {
    for (const model of ["endless@1", "endless@2"]) {
      const stream = await (model === "endless@1" ? open(twin, model) : openResponse(twin, model));
      for await (const chunk of stream as AsyncIterable<unknown>) {
        twin.see("chunk", chunk);
        break;
      }
      twin.see("aborted", stream.controller.signal.aborted);
      twin.see("server", await ended(twin, model));
    }
  },
  "an error of the consumer's own": async (twin) => {
    const stream = await open(twin, "endless");
    const failing = async (): Promise<void> => {
      for await (const chunk of stream) throw new RangeError(`no more of ${chunk.object}`);
    };
    twin.see("end", await settle(failing));
    twin.see("server", await ended(twin, "endless"));
  },
  "return() with a value, and throw()": async (twin) => {
    const left = (await open(twin, "endless@1"))[Symbol.asyncIterator]();
    await left.next();
    twin.see("return", await left.return?.("bye"));
    twin.see("next", await left.next());
    const thrown = (await open(twin, "endless@2"))[Symbol.asyncIterator]();
    await thrown.next();
    twin.see("throw", await settle(() => thrown.throw?.(new RangeError("thrown in"))));
    twin.see("next", await thrown.next());
    twin.see("server", [await ended(twin, "endless@1"), await ended(twin, "endless@2")]);
  },
  "return() before the first pull": async (twin) => {
    const iterator = (await open(twin, "text"))[Symbol.asyncIterator]();
    twin.see("return", await iterator.return?.());
    twin.see("next", await iterator.next());
  },
  "a second reading": async (twin) => {
    const stream = await open(twin, "text");
    await readOut(stream, twin);
    await readOut(stream, twin);
  },
  "two iterators at once": async (twin) => {
    const stream = await open(twin, "text");
    const [first, second] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()];
    twin.see("first", await settle(() => first.next()));
    twin.see("second", await settle(() => second.next()));
    await readOut({ [Symbol.asyncIterator]: () => first }, twin);
  },
  "controller.abort()": async (twin) => {
    const stream = await open(twin, "endless");
    let count = 0;
    const reading = async (): Promise<void> => {
      for await (const chunk of stream) {
        twin.see("chunk", chunk);
        if (++count === 2) stream.controller.abort();
        if (count > 2) break;
      }
    };
    twin.see("end", await settle(reading));
    twin.see("server", await ended(twin, "endless"));
  },
  "controller.abort() while a chunk is waited for": async (twin) => {
    const stream = await open(twin, "gated");
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await twin.server.gate("gated").next();
    twin.see("first", await first);
    const second = settle(() => iterator.next());
    stream.controller.abort();
    twin.see("second", await second);
    twin.see("third", await iterator.next());
    twin.see("server", await ended(twin, "gated"));
  },
  "a signal that aborts in the middle": async (twin) => {
    const controller = new AbortController();
    const stream = await open(twin, "gated", controller.signal);
    const iterator = stream[Symbol.asyncIterator]();
    const first = iterator.next();
    await twin.server.gate("gated").next();
    twin.see("first", await first);
    const second = settle(() => iterator.next());
    controller.abort(new Error("no longer wanted"));
    twin.see("second", await second);
    twin.see("server", await ended(twin, "gated"));
  },
  "controller.abort() before the first pull": async (twin) => {
    const stream = await open(twin, "endless");
    stream.controller.abort();
    await readOut(stream, twin);
    twin.see("server", await ended(twin, "endless"));
  },
  "tee(), both branches": async (twin) => {
    for (const model of ["text", "error-event", "malformed-json"]) {
      const branches = (await open(twin, model)).tee();
      twin.see("branches", branches);
      for (const branch of branches) await readOut(branch, twin);
    }
  },
  "tee(), both branches in turn": async (twin) => {
    const [left, right] = (await openResponse(twin, "text")).tee();
    const [one, other] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()];
    for (let at = 0; at < 4; at++) {
      const [a, b] = [await one.next(), await other.next()];
      twin.see("one", a);
      twin.see("same", a.value === b.value);
    }
    for (const iterator of [one, other]) await readOut({ [Symbol.asyncIterator]: () => iterator }, twin);
  },
  "tee(), one branch": async (twin) => {
    const [, right] = (await open(twin, "text")).tee();
    await readOut(right, twin);
  },
  "tee() of a branch": async (twin) => {
    const [, right] = (await open(twin, "text")).tee();
    const [left] = right.tee();
    await readOut(left, twin);
  },
  "toReadableStream(), and back": async (twin) => {
    for (const model of ["text", "error-event"]) {
      const stream = await open(twin, model);
      const readable = stream.toReadableStream();
      twin.see("readable", readable);
      const { fromReadableStream } = stream.constructor as typeof OpenAIStream;
      await readOut(fromReadableStream(readable, new AbortController()), twin);
    }
  },
  "toReadableStream(), as bytes": async (twin) => {
    const readable = (await openResponse(twin, "text")).toReadableStream();
    return new Response(readable as never).text();
  },
};

describe.each(OPENAI_MAJORS)("%s: a stream, plain and traced alike", (_major, OpenAI) => {
  it.each(Object.entries(USES))("%s", async (_name, use) => {
    const { opened } = await expectTwins(traces.current, OpenAI, use);
    expect(opened).toBeGreaterThan(0);
    expect(traces.current.spans).toHaveLength(opened);
  });
});
