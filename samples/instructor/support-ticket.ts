import type OpenAI from "openai";
import { Workflow } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { z } from "zod";

const SupportTicket = z
  .object({
    customer: z.string(),
    priority: z.enum(["low", "medium", "high"]),
    summary: z.string(),
  })
  .meta({ title: "SupportTicket" });

export type SupportTicket = z.infer<typeof SupportTicket>;

export class TicketDesk {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  @Workflow({ name: "support_ticket_extraction" })
  extractTicket(message: string): Promise<SupportTicket> {
    return this.#instructor.create({
      responseModel: SupportTicket,
      maxRetries: 2,
      messages: [{ role: "user", content: `Extract the support ticket from this message: ${message}` }],
    });
  }
}
