import type OpenAI from "openai";
import { Task } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { z } from "zod";

const ReleaseNote = z
  .object({
    title: z.string(),
    category: z.enum(["feature", "fix", "docs"]),
    bullets: z.array(z.string()),
  })
  .meta({ title: "ReleaseNote" });

export class ReleaseNotes {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  /** The value, and the completion that it came in, just as the client gave it. */
  @Task({ name: "release_note" })
  async write(what: string): Promise<{ note: z.infer<typeof ReleaseNote>; completion: OpenAI.ChatCompletion }> {
    const [note, completion] = await this.#instructor.createWithCompletion({
      responseModel: ReleaseNote,
      messages: [{ role: "user", content: `Create a release note for ${what}.` }],
    });
    return { note, completion };
  }
}
