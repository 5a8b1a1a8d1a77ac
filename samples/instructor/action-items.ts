import type OpenAI from "openai";
import { StreamingTask } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { z } from "zod";

const ActionItem = z
  .object({
    owner: z.string(),
    task: z.string(),
    status: z.enum(["new", "blocked", "done"]),
  })
  .meta({ title: "ActionItem" });

export type ActionItem = z.infer<typeof ActionItem>;

export class Meeting {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  /** Each item as soon as it is whole, while the model still writes the next. */
  @StreamingTask({ name: "action_items" })
  async *actionItems(minutes: string): AsyncGenerator<ActionItem> {
    yield* this.#instructor.createIterable({
      responseModel: ActionItem,
      messages: [{ role: "user", content: minutes }],
    });
  }
}
