// Everything that streams may stand under a Streaming decorator, and under a plain one too.
import { Observable, Subject } from "rxjs";
import { StreamingAgent, StreamingTask, StreamingTool, StreamingWorkflow, Task } from "spandrel";
import { type Equal, holds } from "./equal.js";

/** Shaped like the streams of the OpenAI and Anthropic clients. */
declare class ClientStream<Item> implements AsyncIterable<Item> {
  readonly controller: AbortController;
  [Symbol.asyncIterator](): AsyncIterator<Item>;
  tee(): [ClientStream<Item>, ClientStream<Item>];
}
declare const clientStream: ClientStream<{ readonly delta: string }>;

export class Streams {
  @StreamingTask
  async *asyncGenerator(question: string): AsyncGenerator<string, number, boolean> {
    return (yield question) ? 1 : 0;
  }

  @StreamingTask()
  *generator(count: number): Generator<number, string, Date> {
    const sent = yield count;
    return sent.toISOString();
  }

  @StreamingWorkflow("named")
  iterator(): IterableIterator<number> {
    return [1].values();
  }

  @StreamingAgent()
  asyncIterable(): AsyncIterable<string> {
    return this.plain();
  }

  @StreamingTool()
  readable(): ReadableStream<string> {
    return new ReadableStream();
  }

  @StreamingTask()
  response(): Response {
    return new Response("text");
  }

  @StreamingTask({ chunkEvents: true, maxChunks: 5 })
  async promised(): Promise<ClientStream<{ readonly delta: string }>> {
    return clientStream;
  }

  @StreamingTask()
  fetched(): Promise<Response> {
    return fetch("http://127.0.0.1/");
  }

  @StreamingTask()
  nodeStream(): NodeJS.ReadableStream {
    return process.stdin;
  }

  @StreamingTask({ reduce: (chunks: readonly string[]) => chunks.join("") })
  observable(): Observable<string> {
    return new Observable<string>((subscriber) => subscriber.next("x"));
  }

  @StreamingTask()
  async promisedSubject(): Promise<Subject<number>> {
    return new Subject();
  }

  @StreamingTask()
  static async *made(): AsyncGenerator<string> {
    yield "x";
  }

  @Task()
  async *plain(): AsyncGenerator<string> {
    yield "x";
  }
}
holds<Equal<Streams["asyncGenerator"], (question: string) => AsyncGenerator<string, number, boolean>>>();
holds<Equal<Streams["generator"], (count: number) => Generator<number, string, Date>>>();
holds<Equal<Streams["promised"], () => Promise<ClientStream<{ readonly delta: string }>>>>();
holds<Equal<Streams["observable"], () => Observable<string>>>();
holds<Equal<Streams["plain"], () => AsyncGenerator<string>>>();
