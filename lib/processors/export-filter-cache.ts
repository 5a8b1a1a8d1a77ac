import { type ExportFilter, errorText, log } from "../internal/index.js";
import type { ReadableSpan } from "../otlp/index.js";
import { compileExportFilter } from "./export-filter.js";

type Predicate = (span: ReadableSpan) => boolean;

/** Decorators are few, but an attribute made from user data must not fill the memory. */
const MAX_FILTERS = 1000;

const passAll: Predicate = () => true;

/**
 * This compiles the export filter that a span carries as JSON, once per text. It fails open: a filter that cannot be
 * read or evaluated is said once, and the span is exported.
 */
export class ExportFilterCache {
  readonly #compiled = new Map<string, Predicate>();

  allows(span: ReadableSpan, text: unknown): boolean {
    if (typeof text !== "string") return true;
    const allows = this.#compiled.get(text) ?? this.#learn(text);
    try {
      return allows(span);
    } catch (error) {
      sayBroken(error);
      return true;
    }
  }

  #learn(text: string): Predicate {
    let predicate = passAll;
    try {
      predicate = compileExportFilter(JSON.parse(text) as ExportFilter);
    } catch (error) {
      sayBroken(error);
    }
    if (this.#compiled.size >= MAX_FILTERS) this.#compiled.clear();
    this.#compiled.set(text, predicate);
    return predicate;
  }
}

function sayBroken(error: unknown): void {
  log.warn("SPANDREL_EXPORT_FILTER", `an exportFilter cannot be used, so its spans are exported: ${errorText(error)}`);
}
