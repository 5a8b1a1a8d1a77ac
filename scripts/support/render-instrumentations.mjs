// Turns docs/measured/instrumentations.json into tables. Every judgement about a cell is made here, by these rules.

const COMPLETE = new Set(["success", "429, then success", "tee", "withResponse"]);
const UNFINISHED = new Set([
  "abort",
  "connection cut",
  "error in the stream",
  "closed without finish",
  "consumer breaks",
]);
const READS_ON = "goes on reading after the consumer has left";

/** What is wrong with a cell, in few words, the worst first. */
export function faultsOf({ operation, outcome }, { userCode, spans, openAfter }, { isContentLogged }) {
  // Its span would end with the stream, if the fixture server's ever did.
  if (userCode.startsWith("connection")) return [READS_ON];
  const faults = userCode === "ok" ? [] : [userCode];
  const [span] = spans;
  if (span === undefined) return [...faults, openAfter > 0 ? "span never ends" : "no span"];
  if (spans.length > 1) faults.push(`${spans.length} spans`);
  if (openAfter > 0) faults.push("another span never ends");
  if (spans.some(({ parentOk }) => !parentOk)) faults.push("parent lost");
  if (outcome.isFailure && span.status !== "error") faults.push("failure not marked");
  // A finished item of the Responses API may tell why, its stream cut or not.
  const isChat = operation.name.startsWith("chat");
  if (isChat && UNFINISHED.has(outcome.name) && span.finish !== null && span.finish.length > 0) {
    faults.push(`finish reason made up: ${span.finish.join()}`);
  }
  if (!COMPLETE.has(outcome.name)) return faults;
  if (span.tokens === null) faults.push("no tokens");
  if (operation.name === "embeddings") return faults;
  if (span.finish === null) faults.push("no finish reason");
  if (!span.output && isContentLogged !== true) faults.push("no output");
  return faults;
}

const SUMMARY = [
  [
    "the call throws, or hands out something else",
    (fault) => /^(throws|does not throw|value|promise|stream) /.test(fault),
  ],
  ["a rejection nobody can handle, which by default ends the process", (fault) => fault.startsWith("unhandled")],
  ["the stream is read on, and paid for, after the consumer has left", (fault) => fault === READS_ON],
  ["no span at all", (fault) => fault === "no span"],
  ["a span that never ends, so is never exported", (fault) => fault === "span never ends"],
  ["a failed call whose span is not marked", (fault) => fault === "failure not marked"],
  ["no token counts, of a complete answer", (fault) => fault === "no tokens"],
  ["no output, of a complete answer", (fault) => fault === "no output"],
  ["no finish reason, of a complete answer", (fault) => fault === "no finish reason"],
  ["a finish reason the model never gave", (fault) => fault.startsWith("finish reason made up")],
];

/** A markdown page part: a summary by kind of fault, then every cell. */
export function renderInstrumentations({ openai, instrumentations, cells }, definitions) {
  const columns = Object.entries(instrumentations).flatMap(([name, instrumentation]) =>
    Object.keys(openai).map((major) => {
      const results = definitions.map((cell) => cells[cell.name][name][major]);
      const faults = definitions.map((cell, at) => faultsOf(cell, results[at], instrumentation));
      const isAsleep = results.every(({ spans, openAfter }) => spans.length === 0 && openAfter === 0);
      return { short: instrumentation.short, major, faults, isAsleep };
    }),
  );
  const awake = columns.filter(({ isAsleep }) => !isAsleep);
  const asleep = columns.filter(({ isAsleep }) => isAsleep);
  const title = ({ short, major }) => `${short}, openai ${major}`;
  const versions = Object.entries(instrumentations).map(([name, { version }]) => `${name} ${version ?? ""}`.trim());

  const summary = SUMMARY.map(([label, isIt]) => [
    label,
    ...awake.map(({ faults }) => String(faults.filter((found) => found.some(isIt)).length)),
  ]);
  const clean = [
    "**nothing to fault**",
    ...awake.map(({ faults }) => String(faults.filter((f) => f.length === 0).length)),
  ];

  const lines = [
    "# What instrumentations of openai do",
    "",
    "Written by `node scripts/measure-instrumentations.mjs`; read by a spec.",
    "",
    `Measured on openai ${Object.values(openai).join(" and ")}, CommonJS, one process per instrumentation: ${versions.join(", ")}.`,
    `${definitions.length} cells (operation and outcome), each alone, against a loopback server; user code is compared with what it sees of the client alone.`,
    ...Object.values(instrumentations).flatMap(({ short, isContentLogged }) =>
      isContentLogged ? [`${short} writes messages to log records, so its spans are not faulted for having none.`] : [],
    ),
    ...asleep.map((column) => `${title(column)}: no span in any cell, and nothing said about it.`),
    "",
    "## How many cells",
    "",
    ...table(["", ...awake.map(title)], [...summary, clean]),
  ];
  for (const major of Object.keys(openai)) {
    const shown = awake.filter((column) => column.major === major);
    if (shown.length === 0) continue;
    const heading = [`## Every cell, openai ${openai[major]}`, "", "✓ nothing to fault", ""];
    const head = ["outcome", "operations", ...shown.map(({ short }) => short)];
    lines.push("", ...heading, ...table(head, toRows(definitions, shown)));
  }
  return `${lines.join("\n")}\n`;
}

/** A row for each outcome and each way it goes. */
function toRows(definitions, columns) {
  const rows = new Map();
  for (const [at, { operation, outcome }] of definitions.entries()) {
    const cells = columns.map(({ faults }) => faults[at].map(shorten).join("; ") || "✓");
    const key = [outcome.name, ...cells].join("|");
    if (!rows.has(key)) rows.set(key, { outcome: outcome.name, operations: [], cells });
    rows.get(key).operations.push(operation.name);
  }
  return [...rows.values()].map(({ outcome, operations, cells }) => [outcome, operations.join(", "), ...cells]);
}

/** Messages are told at length in the JSON. */
function shorten(fault) {
  return fault
    .replace(/^throws (\w+): (.{0,48}).*$/, "throws $1: $2")
    .replace(/^unhandled rejection.*: /, "unhandled rejection: ")
    .replaceAll('"', "")
    .replaceAll("|", "\\|");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
