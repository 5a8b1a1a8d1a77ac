import { SpanKind } from "@opentelemetry/api";
import { Task, Workflow, getClient } from "spandrel";
import type { DataRecord } from "./data-jobs.js";

/** Spans by hand between decorated ones: a method is not always the right size. */
export class HybridJob {
  @Workflow({ name: "hybrid_workflow" })
  run(records: readonly DataRecord[]): string[] {
    const client = getClient();
    // Holds for the rest of this call and for what it calls.
    client.setContextValue("run", "run-7");

    const valid = this.validate(records);
    const texts = client.getTracer().startActiveSpan("custom_processing", (span) => {
      span.setAttribute("data.size", valid.length);
      const results = valid.map((record) =>
        client.getTracer().startActiveSpan(`process_item_${record.id}`, (item) => {
          // The span that is active now is the item's.
          client.updateCurrentSpan({ attributes: { "item.id": record.id } });
          item.end();
          return record.text.toUpperCase();
        }),
      );
      span.end();
      return results;
    });
    return this.finalise(texts);
  }

  @Task({ name: "validate_data" })
  validate(records: readonly DataRecord[]): DataRecord[] {
    return records.filter(({ text }) => text !== "");
  }

  @Task({ name: "finalise_results" })
  finalise(texts: readonly string[]): string[] {
    return texts.map((text) => `${String(getClient().getContextValue("run"))}: ${text}`);
  }
}

/** Spans by hand alone, top level too. */
export function readCustomers(): string[] {
  const client = getClient();
  return client.getTracer().startActiveSpan("database_operation", { kind: SpanKind.CLIENT }, (operation) => {
    operation.setAttribute("db.system.name", "postgresql");
    operation.addEvent("connection established");

    // Not made active: whatever starts now is not below it.
    const query = client.startSpan("execute_query", { attributes: { "db.query.text": "SELECT name FROM customers" } });
    const rows = ["Ada", "Grace"];
    query.setAttribute("db.response.returned_rows", rows.length);
    query.end();

    const names = client.getTracer().startActiveSpan("process_results", (span) => {
      client.updateCurrentSpan({ params: { customerIdentifier: "admin" }, status: "ok" });
      span.end();
      return rows.map((row) => row.toLowerCase());
    });
    operation.end();
    return names;
  });
}
