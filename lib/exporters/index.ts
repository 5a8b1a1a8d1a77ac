export { ConsoleSpanExporter } from "./console-span-exporter.js";
export type { ConsoleSpanExporterOptions, ConsoleStream } from "./console-span-exporter.js";
export { FileSpanExporter } from "./file-span-exporter.js";
export type { FileSpanExporterOptions } from "./file-span-exporter.js";
export { InMemorySpanExporter } from "./in-memory-span-exporter.js";
export type { ExportResult, ReadableEvent, ReadableSpan, SpanExporter } from "../otlp/index.js";
