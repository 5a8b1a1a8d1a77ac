/** What the wire demands of a value. */
export const faults = [
  {
    name: "lone surrogates are written",
    file: "lib/otlp/quote-text.ts",
    find: "text.isWellFormed() ? text : text.toWellFormed()",
    replace: "text",
    specs: ["otlp/encode-value.spec.ts", "otlp/encode-traces.spec.ts", "otlp/codec.property.spec.ts"],
  },
  {
    name: "integers are written as numbers",
    file: "lib/otlp/encode-value.ts",
    find: 'if (Number.isSafeInteger(value)) return `{"intValue":"${value}"}`;',
    replace: 'if (Number.isSafeInteger(value)) return `{"intValue":${value}}`;',
    specs: ["otlp/encode-value.spec.ts"],
  },
  {
    name: "a cycle is followed",
    file: "lib/otlp/encode-value.ts",
    find: "if (walk.ancestors.includes(value)) return CIRCULAR;",
    replace: "",
    specs: ["otlp/encode-value.spec.ts", "otlp/poison-span.spec.ts"],
  },
  {
    name: "depth is not bounded",
    file: "lib/otlp/encode-value.ts",
    find: "if (walk.ancestors.length >= MAX_DEPTH) return TOO_DEEP;",
    replace: "",
    specs: ["otlp/encode-value.spec.ts", "otlp/poison-span.spec.ts"],
  },
  {
    name: "a getter that throws loses the span",
    file: "lib/otlp/encode-value.ts",
    find: "    damage.push(`attribute ${index} cannot be read`);\n    return UNREADABLE;",
    replace: '    throw new Error("unreadable");',
    specs: ["otlp/poison-span.spec.ts"],
  },
  {
    name: "empty names are written",
    file: "lib/otlp/encode-value.ts",
    find: 'if (json === undefined || key === "") continue;',
    replace: "if (json === undefined) continue;",
    specs: ["otlp/encode-value.spec.ts", "otlp/encode-traces.spec.ts", "otlp/poison-span.spec.ts"],
  },
];
