import type OpenAI from "openai";
import { Task } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { z } from "zod";

/** The first answer has the number as the text says it, which is no international number: the model is told, and asked again. */
const Contact = z
  .object({
    name: z.string(),
    phone: z.string().regex(/^\+[1-9]\d{6,14}$/, "must be an international number in E.164 form, such as +41791234567"),
  })
  .meta({ title: "Contact" });

export type Contact = z.infer<typeof Contact>;

export class AddressBook {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  @Task({ name: "extract_contact" })
  extractContact(text: string): Promise<Contact> {
    return this.#instructor.create({ responseModel: Contact, messages: [{ role: "user", content: text }] });
  }
}
