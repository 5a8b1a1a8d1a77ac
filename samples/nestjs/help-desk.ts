import { Inject, Injectable, NotFoundException } from "@nestjs/common";
import type OpenAI from "openai";
import { Observable } from "rxjs";
import { StreamingTask, Task, Tool } from "spandrel";

export interface Model {
  readonly openai: OpenAI;
  readonly chatModel: string;
}

/** Where the model is: see main.ts. */
export const MODEL = Symbol("model");

export interface Ticket {
  readonly id: number;
  readonly text: string;
  readonly topic: string;
  readonly urgency: string;
}

const CLASSIFY = `You sort the mail of a support desk. Answer with one JSON object:
"topic" (outage, billing, damage, delivery, account or other), "urgency" (high, normal or low).`;

const REPLY = "You write the replies of a support desk: greet the writer, at most five sentences, promise nothing.";

/** Sorts tickets and drafts replies to them. */
@Injectable()
export class HelpDesk {
  readonly #tickets = new Map<number, Ticket>();
  #count = 0;

  constructor(@Inject(MODEL) private readonly model: Model) {}

  @Task({ name: "classify" })
  async classify(text: string): Promise<Pick<Ticket, "topic" | "urgency">> {
    const completion = await this.model.openai.chat.completions.create({
      model: this.model.chatModel,
      messages: [
        { role: "system", content: CLASSIFY },
        { role: "user", content: text },
      ],
      response_format: { type: "json_object" },
    });
    return JSON.parse(completion.choices[0]?.message.content ?? "{}") as Pick<Ticket, "topic" | "urgency">;
  }

  async open(text: string): Promise<Ticket> {
    const ticket = { id: ++this.#count, text, ...(await this.classify(text)) };
    this.#tickets.set(ticket.id, ticket);
    return ticket;
  }

  @Tool({ name: "find_ticket" })
  find(id: number): Ticket {
    const ticket = this.#tickets.get(id);
    if (ticket === undefined) throw new NotFoundException(`There is no ticket ${id}.`);
    return ticket;
  }

  close(id: number): void {
    this.#tickets.delete(this.find(id).id);
  }

  /** The reply as it is written. Whoever unsubscribes stops the model. */
  @StreamingTask({ name: "draft_reply" })
  draft({ text }: Ticket): Observable<string> {
    return new Observable<string>((subscriber) => {
      const abort = new AbortController();
      this.#write(text, abort.signal, (piece) => subscriber.next(piece)).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => abort.abort();
    });
  }

  async #write(text: string, signal: AbortSignal, onPiece: (piece: string) => void): Promise<void> {
    const stream = await this.model.openai.chat.completions.create(
      {
        model: this.model.chatModel,
        messages: [
          { role: "system", content: REPLY },
          { role: "user", content: text },
        ],
        stream: true,
        stream_options: { include_usage: true },
      },
      { signal },
    );
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content;
      if (piece) onPiece(piece);
    }
  }
}
