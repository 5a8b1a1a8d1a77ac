import type { TracerProvider } from "@opentelemetry/api";

export interface Vendor {
  /** The package. */
  readonly name: string;
  readonly short: string;
  /** Messages are log records, not attributes of the span. */
  readonly isContentLogged?: boolean;
}

export const VENDORS: readonly Vendor[];
/** The installed version. */
export function vendorVersion(name: string): string;
/** Patches the `openai` that this process requires next. Returns what takes the patch off again. */
export function registerVendor(name: string, tracerProvider: TracerProvider): () => void;
