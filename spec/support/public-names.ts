import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");

/** Names of the language, of Node.js, of OpenTelemetry's API and of the clients, which ours are used with. */
const OTHERS = new Set(
  (
    "await false true undefined new " +
    "AsyncLocalStorage Promise all process exit env workerData experimentalDecorators " +
    "context with trace ROOT_CONTEXT startActiveSpan suppressTracing Span SpanExporter spanContext duration seconds nanos " +
    "OTEL_RESOURCE_ATTRIBUTES OpenAI Anthropic baseURL stream_options include_usage " +
    "args carrier client fn instructor text iterable schema buffer value span run"
  ).split(" "),
);

const ATTRIBUTE =
  /^(?:code|deployment|error|gen_ai|llm|openai|respan|server|service|session|spandrel|telemetry|traceloop|user|validation)(?:\.\w+)*$/;
const SUBPATHS = Object.keys((JSON.parse(readRoot("package.json")) as { exports: object }).exports);

/** Everything that the API reports, the declarations of `lib/` and its literals name. */
const names = collectNames();

/** The names in a piece of code that are neither ours nor of anything it may be used with. */
export function unknownNamesIn(code: string): string[] {
  if (code.startsWith("spandrel/")) return SUBPATHS.includes(code.replace("spandrel", ".")) ? [] : [code];
  // Files, addresses, commands, packages and headers.
  if (/^(?:npm |@[\w-]+\/|\.?\w*\/|https?:|[A-Z][a-z]+-[A-Z])/.test(code)) return [];
  // A key that stands for any, as in `respan.metadata.<key>` and `gen_ai.request.*`.
  const attribute = code.replace(/\.(?:<\w+>|\*)$/, "");
  if (code.includes(".") && ATTRIBUTE.test(attribute)) {
    return [...names].some((name) => name === attribute || name.startsWith(`${attribute}.`)) ? [] : [code];
  }
  // Texts are the user's own.
  const words = code.replaceAll(/"[^"]*"/g, " ").match(/[A-Za-z_]\w*(?:-\w+)*/g) ?? [];
  return words.filter((name) => !names.has(name) && !OTHERS.has(name));
}

function collectNames(): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (text: string, pattern: RegExp): void => {
    for (const [, name = ""] of text.matchAll(pattern)) found.add(name);
  };
  for (const file of readdirSync(join(ROOT, "docs/api"))) {
    add(withoutComments(readRoot(`docs/api/${file}`)), /([A-Za-z_]\w*)/g);
  }
  for (const file of readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const source = withoutComments(readRoot(`lib/${file}`));
    add(source, /^export (?:abstract |async )?(?:class|const|function\*?|interface|let|type) (\w+)/gm);
    add(source, /^ {2}(?:readonly |static |async |override |get )*(\w+)\??[(:<]/gm);
    add(source, /"([\w.-]+?)\.?"/g);
  }
  return found;
}

function readRoot(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}
