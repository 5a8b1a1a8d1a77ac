import type { ValidationIssue } from "../response-schema/index.js";
import type { FoundItem, ListFormat } from "./answer-format.js";
import type { CallSettings } from "./call-settings.js";
import type { Extraction } from "./extraction.js";
import { StreamedMessage } from "./streamed-message.js";

/** This says which item of a list is not valid, and why. Paths are from the root of the item. */
export interface InvalidItem {
  /** Its place in the list, from 0. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  readonly issues: readonly ValidationIssue[];
}

/**
 * Yields each item of a streamed list as soon as it is whole and valid. Where an item is not, or the answer as a whole
 * is not, the list is asked for again from its start, or the extraction fails.
 */
export async function* extractItems<Item>(
  open: () => Extraction,
  format: ListFormat<Item>,
  settings: CallSettings,
): AsyncGenerator<Item, void, undefined> {
  // Not before: nobody would stop the clock of a stream that is never pulled.
  const extraction = open();
  const list = new CheckedItems<Item>(extraction, settings);
  try {
    for (;;) {
      const streamed = await StreamedMessage.open(extraction, settings.params["stream_options"], settings.onAttempt);
      const reader = format.openItems();
      const issues: ValidationIssue[] = [];
      for await (const delta of streamed.deltas()) {
        for (const found of reader.read(delta)) {
          const valid = await list.check(found, issues);
          if (issues.length > 0 && !extraction.isRetryable) extraction.rejected(issues);
          // After the first that is wrong the model is still to be told what is wrong with the others.
          if (valid !== undefined && issues.length === 0) yield valid.item;
        }
      }
      const message = streamed.finish();
      issues.push(...reader.finish(message));
      if (issues.length === 0) return extraction.accepted();
      extraction.rejected(issues, message);
    }
  } finally {
    extraction.limits.dispose();
  }
}

/** Validates items, and does with an invalid one what the caller wants. */
class CheckedItems<Item> {
  readonly #extraction: Extraction;
  readonly #settings: CallSettings;
  #skipped = 0;

  constructor(extraction: Extraction, settings: CallSettings) {
    this.#extraction = extraction;
    this.#settings = settings;
  }

  /** The item where it is valid. Where it is not and may not be left out, `issues` has why. */
  async check(found: FoundItem<Item>, issues: ValidationIssue[]): Promise<{ readonly item: Item } | undefined> {
    const result = await this.#extraction.validate(() => found.validate());
    if (result.success) return { item: result.data };
    const { index } = found;
    const { onInvalidItem: policy } = this.#settings;
    if (policy === "throw") {
      issues.push(...result.issues.map((issue) => ({ ...issue, path: [index, ...issue.path] })));
      return undefined;
    }
    this.#extraction.dropped(result.issues, index);
    this.#extraction.span.skipped(++this.#skipped);
    const invalid: InvalidItem = { index, attempt: this.#extraction.number, issues: result.issues };
    if (typeof policy === "function") await (policy as (item: InvalidItem) => unknown)(invalid);
    return undefined;
  }
}
