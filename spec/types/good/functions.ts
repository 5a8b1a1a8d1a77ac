// `traced` returns a function of the very same type, and its options see that function's parameters and result.
import { bindContext, propagateAttributes, traced, withExtractedContext } from "spandrel";
import { type Equal, holds } from "./equal.js";

const classify = traced({ kind: "tool" }, (text: string) => (text.includes("refund") ? "billing" : "other"));
holds<Equal<typeof classify, (text: string) => "billing" | "other">>();

const later = traced(
  { name: (id: number) => String(id), captureOutput: (found: { readonly ok: boolean }) => found.ok },
  async (id: number) => ({ ok: id > 0 }),
);
holds<Equal<typeof later, (id: number) => Promise<{ ok: boolean }>>>();

const identity = traced("identity", <T>(value: T): T => value);
const one = identity("one" as const);
holds<Equal<typeof one, "one">>();

const stream = traced(
  { kind: "agent", chunkEvents: true, reduce: (chunks) => chunks.length },
  async function* (n: number) {
    yield n;
  },
);
holds<Equal<typeof stream, (n: number) => AsyncGenerator<number, void, unknown>>>();

function withThis(this: Date, years: number): number {
  return this.getFullYear() + years;
}
const tracedThis = traced({}, withThis);
holds<Equal<typeof tracedThis, typeof withThis>>();

const result = propagateAttributes(
  { customerIdentifier: "c-1", metadata: { plan: "pro", seats: 3 } },
  () => 1 as const,
);
holds<Equal<typeof result, 1>>();
const promised = propagateAttributes({ prompt: { id: 7 }, properties: { a: [1] } }, async () => "x");
holds<Equal<typeof promised, Promise<string>>>();
const known = { threadIdentifier: "t-1", environment: undefined };
propagateAttributes(known, () => undefined);

const bound = bindContext((a: number, b: string) => `${a}${b}`);
holds<Equal<typeof bound, (a: number, b: string) => string>>();
const extracted = withExtractedContext({ traceparent: "00" }, () => 2 as const);
holds<Equal<typeof extracted, 2>>();
