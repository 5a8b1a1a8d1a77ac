import type OpenAI from "openai";
import { StreamingTask } from "spandrel";

/** Says hi, piece by piece, as the model writes it. */
export class SayHi {
  readonly #openai: OpenAI;
  readonly #model: string;

  constructor(openai: OpenAI, model: string) {
    this.#openai = openai;
    this.#model = model;
  }

  @StreamingTask()
  async *hi(text: string): AsyncGenerator<string, void, undefined> {
    const stream = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [
        { role: "system", content: "say hi !" },
        { role: "user", content: text },
      ],
      temperature: 0,
      max_completion_tokens: 100,
      stream: true,
      // Without it the API counts no tokens of a stream.
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content;
      if (piece) yield piece;
    }
  }
}
