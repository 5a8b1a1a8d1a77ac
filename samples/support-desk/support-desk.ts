import type OpenAI from "openai";
import { propagateAttributes, StreamingTask, Task, Tool, Workflow } from "spandrel";
import type { Message } from "./messages.js";
import { findOrder, OrderNotFoundError, type Order } from "./orders.js";

export interface Classification {
  readonly topic: string;
  readonly urgency: "high" | "normal" | "low";
  readonly summary: string;
}

export interface Facts {
  readonly people: readonly string[];
  readonly organisations: readonly string[];
  readonly orders: readonly string[];
  readonly amounts: readonly string[];
  readonly dates: readonly string[];
}

export interface Answer {
  readonly id: string;
  readonly urgency: Classification["urgency"];
  readonly reply: string;
  /** Facts of the message that the reply does not mention. */
  readonly unmentioned: readonly string[];
}

type OrderState = Order | { readonly number: string; readonly isFound: false };

const CLASSIFY = `You sort the mail of a support desk. Answer with one JSON object:
"topic" (outage, billing, damage, delivery, account or other), "urgency" (high, normal or low),
"summary" (one sentence of the message).`;

const EXTRACT = `You extract facts from the mail of a support desk. Answer with one JSON object of string lists:
"people", "organisations", "orders" (order numbers), "amounts" (money), "dates".`;

const REPLY = `You write the replies of a support desk. You are given a message, what is known about it and the state of
its orders, as JSON. Greet the writer by first name, use the facts, promise nothing else, at most five sentences.`;

/** Answers support mail: one workflow per message, a span for each step of it. */
export class SupportDesk {
  readonly #openai: OpenAI;
  readonly #model: string;

  constructor(openai: OpenAI, model: string) {
    this.#openai = openai;
    this.#model = model;
  }

  @Workflow({ name: "handle_message", version: 1 })
  async handle(message: Message): Promise<Answer> {
    const [classification, facts] = await Promise.all([this.classify(message.text), this.extractFacts(message.text)]);
    const { urgency } = classification;

    // What is set here is added to what main.ts set, and only for the spans that are started inside.
    return propagateAttributes({ metadata: { urgency } }, async () => {
      const orders = await Promise.all(facts.orders.map((number) => this.#stateOf(number)));
      let reply = "";
      for await (const text of this.draftReply(message.text, classification, facts, orders)) reply += text;
      return { id: message.id, urgency, reply, unmentioned: this.checkReply(reply, facts) };
    });
  }

  // This one is watched closely: it goes to the debug file and stays in the default one.
  @Task({ name: "classify", processors: ["default", "debug"] })
  async classify(text: string): Promise<Classification> {
    return (await this.#ask(CLASSIFY, text)) as Classification;
  }

  @Task({ name: "extract_facts" })
  async extractFacts(text: string): Promise<Facts> {
    return (await this.#ask(EXTRACT, text)) as Facts;
  }

  @Tool({ name: "lookup_order" })
  async lookupOrder(number: string): Promise<Order> {
    return findOrder(number);
  }

  @StreamingTask({ name: "draft_reply" })
  async *draftReply(
    message: string,
    classification: Classification,
    facts: Facts,
    orders: readonly OrderState[],
  ): AsyncGenerator<string, void, undefined> {
    const stream = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [
        { role: "system", content: REPLY },
        { role: "user", content: JSON.stringify({ message, classification, facts, orders }) },
      ],
      stream: true,
      // Without it the API counts no tokens of a stream.
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      const text = chunk.choices[0]?.delta.content;
      if (text) yield text;
    }
  }

  // Of interest to us only: its span goes to the debug file and nowhere else. Without a name it is "SupportDesk.checkReply".
  @Task({ processors: "debug" })
  checkReply(reply: string, facts: Facts): string[] {
    const [writer] = facts.people;
    const expected = [...(writer ? [writer.split(" ")[0] ?? writer] : []), ...facts.orders, ...facts.amounts];
    return expected.filter((fact) => !reply.includes(fact));
  }

  /** An unknown order is no reason to leave a message unanswered; the error is on the span of the tool. */
  async #stateOf(number: string): Promise<OrderState> {
    try {
      return await this.lookupOrder(number);
    } catch (error) {
      if (error instanceof OrderNotFoundError) return { number, isFound: false };
      throw error;
    }
  }

  async #ask(instructions: string, text: string): Promise<unknown> {
    const completion = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [
        { role: "system", content: instructions },
        { role: "user", content: text },
      ],
      response_format: { type: "json_object" },
    });
    return JSON.parse(completion.choices[0]?.message.content ?? "null");
  }
}
