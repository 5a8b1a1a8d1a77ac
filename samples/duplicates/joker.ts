import type OpenAI from "openai";
import { Task } from "spandrel";

export class Joker {
  readonly #openai: OpenAI;
  readonly #model: string;

  constructor(openai: OpenAI, model: string) {
    this.#openai = openai;
    this.#model = model;
  }

  @Task({ name: "tell_joke" })
  async tell(topic: string): Promise<string> {
    const completion = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [{ role: "user", content: `Tell me a joke about ${topic}` }],
    });
    return completion.choices[0]?.message.content ?? "";
  }
}
