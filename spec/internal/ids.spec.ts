import { randomSpanId, randomTraceId } from "../../lib/internal/index.js";

describe("random ids", () => {
  it("have the form that OpenTelemetry wants, and do not repeat", () => {
    const [spanIds, traceIds] = [randomSpanId, randomTraceId].map((make) => Array.from({ length: 20_000 }, make));
    for (const id of spanIds!) expect(id).toMatch(/^[0-9a-f]{16}$/);
    for (const id of traceIds!) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect([new Set(spanIds).size, new Set(traceIds).size]).toEqual([20_000, 20_000]);
  });

  it("use every digit at every place", () => {
    const places = Array.from({ length: 16 }, () => new Set<string>());
    for (let n = 0; n < 5_000; n++) [...randomSpanId()].forEach((digit, place) => places[place]?.add(digit));
    expect(places.map((digits) => digits.size)).toEqual(Array.from({ length: 16 }, () => 16));
  });
});
