import { type Tracer, SpanKind } from "@opentelemetry/api";
import type OpenAI from "openai";
import { Task, Tool, Workflow } from "spandrel";

/** Sorts tickets. The steps are Spandrel's spans; the request around them and the query below are the application's. */
export class TicketDesk {
  readonly #openai: OpenAI;
  readonly #model: string;
  readonly #tracer: Tracer;

  constructor(openai: OpenAI, model: string, tracer: Tracer) {
    this.#openai = openai;
    this.#model = model;
    this.#tracer = tracer;
  }

  /** The application's own span, made as it always was. */
  serve(text: string): Promise<string> {
    return this.#tracer.startActiveSpan("POST /tickets", { kind: SpanKind.SERVER }, async (span) => {
      try {
        return await this.handle(text);
      } finally {
        span.end();
      }
    });
  }

  @Workflow({ name: "handle_ticket" })
  async handle(text: string): Promise<string> {
    const topic = await this.classify(text);
    const queue = await this.findQueue(topic);
    return this.check(topic, queue);
  }

  @Task({ name: "classify" })
  async classify(text: string): Promise<string> {
    const completion = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [
        { role: "system", content: 'You sort the mail of a support desk. Answer with one JSON object: "topic".' },
        { role: "user", content: text },
      ],
      response_format: { type: "json_object" },
    });
    const { topic } = JSON.parse(completion.choices[0]?.message.content ?? "{}") as { topic?: string };
    return topic ?? "other";
  }

  @Tool({ name: "find_queue" })
  async findQueue(topic: string): Promise<string> {
    return this.#tracer.startActiveSpan("SELECT queues", { kind: SpanKind.CLIENT }, async (query) => {
      query.setAttribute("db.system.name", "sqlite");
      query.end();
      return `${topic}-queue`;
    });
  }

  @Task({ name: "check_queue", processors: "debug" })
  check(topic: string, queue: string): string {
    if (!queue.startsWith(topic)) throw new Error(`${queue} is not a queue for ${topic}`);
    return queue;
  }
}
