/** A job as a queue keeps it. */
export interface Job<Data> {
  readonly id: number;
  readonly name: string;
  readonly data: Data;
}

/**
 * A queue in the manner of BullMQ, in memory: what is added is kept as JSON, as Redis would keep it, so nothing reaches a
 * worker that is not in the data.
 */
export class Queue<Data> {
  readonly #texts: string[] = [];
  readonly #waiting: ((text: string | undefined) => void)[] = [];
  #count = 0;
  #isClosed = false;

  add(name: string, data: Data): void {
    const job: Job<Data> = { id: ++this.#count, name, data };
    const text = JSON.stringify(job);
    const worker = this.#waiting.shift();
    if (worker === undefined) this.#texts.push(text);
    else worker(text);
  }

  /** The next job; undefined when the queue is closed and empty. */
  async take(): Promise<Job<Data> | undefined> {
    const text =
      this.#texts.shift() ??
      (await new Promise<string | undefined>((take) => {
        if (this.#isClosed) take(undefined);
        else this.#waiting.push(take);
      }));
    return text === undefined ? undefined : (JSON.parse(text) as Job<Data>);
  }

  close(): void {
    this.#isClosed = true;
    for (const worker of this.#waiting.splice(0)) worker(undefined);
  }
}

/** Takes the jobs of a queue, one after the other, until the queue is closed. */
export class Worker<Data> {
  /** Settles when the last job is done; rejects with the error of a job. */
  readonly done: Promise<void>;

  constructor(queue: Queue<Data>, process: (job: Job<Data>) => Promise<unknown>) {
    this.done = (async () => {
      for (let job = await queue.take(); job !== undefined; job = await queue.take()) await process(job);
    })();
  }
}
