import { retryAfterMillis } from "../../lib/exporters/retry-after";
import { makeSpan } from "../otlp/make-span";
import { exportBatch, makeExporter, startReceiver } from "./otlp-rig";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["2", 2_000],
    [" 120 ", 120_000],
    ["60", 60_000],
    ["31536000", 31_536_000_000],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 12:00:30 GMT", 30_000],
    ["Sat Nov 21 12:00:30 2026", 30_000],
    ["Mon, 21 Nov 2050 12:00:00 GMT", Date.UTC(2050, 10, 21, 12) - NOW],
  ])("%s asks for that long", (header, millis) => {
    expect(retryAfterMillis(header, NOW)).toBe(millis);
  });

  it.each([
    undefined,
    "",
    "-5",
    "1.5",
    "1e3",
    "0x10",
    "soon",
    "soon 2099",
    "2099-01-01T00:00:00Z",
    "Sat, 21 Nov 2026 11:59:30 GMT",
    "Sat, 99 Foo 2026 12:00:30 GMT",
    "Sat, 21 Nov 2026 12:00:30 GMT, 5",
    "NaN",
    "Infinity",
  ])("%s asks for nothing", (header) => {
    expect(retryAfterMillis(header, NOW)).toBe(0);
  });

  it.each([429, 503])("of a %d is handed on, however long", async (status) => {
    const receiver = await startReceiver();
    receiver.answer({ status, headers: { "retry-after": "86400" } });
    const result = await exportBatch(makeExporter({ url: receiver.url }), makeSpan());
    expect(result).toMatchObject({ code: 1, retryAfterMillis: 86_400_000 });
  });

  it("as a date is handed on as the time from now", async () => {
    const receiver = await startReceiver();
    receiver.answer({ status: 503, headers: { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() } });
    const { retryAfterMillis: millis } = await exportBatch(makeExporter({ url: receiver.url }), makeSpan());
    expect(millis).toBeGreaterThan(3_500_000);
    expect(millis).toBeLessThanOrEqual(3_600_000);
  });
});
