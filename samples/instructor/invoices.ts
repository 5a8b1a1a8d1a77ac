import type OpenAI from "openai";
import { Task, Workflow } from "spandrel";
import type { Instructor } from "spandrel/instructor";
import { z } from "zod";

const InvoiceLine = z.object({
  sku: z.string(),
  quantity: z.int(),
  unit_price_usd: z.number(),
});

const Invoice = z
  .object({
    vendor: z.string(),
    invoice_id: z.string(),
    line_items: z.array(InvoiceLine),
    total_usd: z.number(),
  })
  .meta({ title: "Invoice" });

export type Invoice = z.infer<typeof Invoice>;

export class InvoiceOffice {
  readonly #instructor: Instructor<OpenAI>;

  constructor(instructor: Instructor<OpenAI>) {
    this.#instructor = instructor;
  }

  @Workflow({ name: "invoice_processing" })
  async process(text: string): Promise<string> {
    const { vendor, invoice_id: id, line_items: lines, total_usd: total } = await this.extract(text);
    return `${vendor} ${id}: ${lines.length} lines, ${total.toFixed(2)} USD`;
  }

  @Task({ name: "extract_invoice" })
  extract(text: string): Promise<Invoice> {
    return this.#instructor.create({ responseModel: Invoice, messages: [{ role: "user", content: text }] });
  }
}
