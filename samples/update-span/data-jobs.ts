import type OpenAI from "openai";
import { Task, Workflow, getClient } from "spandrel";

export interface DataRecord {
  readonly id: number;
  readonly text: string;
}

/** A job that tells its span, while it runs, what it finds out. */
export class DataJobs {
  readonly #openai: OpenAI;
  readonly #model: string;

  constructor(openai: OpenAI, model: string) {
    this.#openai = openai;
    this.#model = model;
  }

  @Workflow({ name: "data_processing" })
  async process(userId: string, records: readonly DataRecord[]): Promise<string> {
    const client = getClient();
    console.log(`in trace ${client.getCurrentTraceId()}, span ${client.getCurrentSpanId()}`);

    // The parameters have the names that propagateAttributes has for them. They are on this span, and on no other.
    client.updateCurrentSpan({
      params: {
        customerIdentifier: userId,
        traceGroupIdentifier: "data-processing-pipeline",
        metadata: { record_count: records.length, processing_type: "batch" },
      },
    });
    client.addEvent("validation_started", { record_count: records.length });
    this.validate(records);
    client.addEvent("validation_finished");

    // Values that are no attribute values, such as this list of objects, are written as JSON.
    client.updateCurrentSpan({ attributes: { "custom.user_id": userId, "custom.records": records } });

    const summary = await this.summarise(records);
    this.notify(userId);
    client.updateCurrentSpan({ name: "data_processing.success", attributes: { result_length: summary.length } });
    return summary;
  }

  @Task({ name: "validate" })
  validate(records: readonly DataRecord[]): void {
    const client = getClient();
    const empty = records.filter(({ text }) => text === "");
    if (empty.length === 0) return;
    if (empty.length < records.length) {
      // No exception, and still not as it should be.
      client.updateCurrentSpan({
        status: "error",
        statusDescription: `${empty.length} of ${records.length} are empty`,
      });
      return;
    }
    const error = new RangeError("There is nothing in these records.");
    // Recorded here, and once, although it is thrown as well.
    client.recordException(error);
    throw error;
  }

  /** Nobody waits for it: its failure is in the trace, and goes no further. */
  @Task({ name: "notify" })
  notify(userId: string): void {
    try {
      throw new Error(`${userId} has no address.`);
    } catch (error) {
      getClient().recordException(error);
    }
  }

  @Task({ name: "summarise" })
  async summarise(records: readonly DataRecord[]): Promise<string> {
    const completion = await this.#openai.chat.completions.create({
      model: this.#model,
      messages: [{ role: "user", content: records.map(({ text }) => text).join("\n") }],
    });
    return completion.choices[0]?.message.content ?? "";
  }
}
