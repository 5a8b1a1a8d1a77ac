export type { ExportResult, SpanExporter } from "./span-exporter.js";
