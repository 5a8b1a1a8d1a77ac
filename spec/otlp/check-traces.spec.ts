import { checkTracesData, encodeTracesData } from "../../lib/otlp/index";
import { makeSpan, TRACE_ID } from "./make-span";

const GOOD = {
  traceId: TRACE_ID,
  spanId: "00000000000000aa",
  name: "n",
  kind: 1,
  startTimeUnixNano: "1",
  endTimeUnixNano: "2",
};

function check(fields: object): string[] {
  const line = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...GOOD, ...fields }] }] }] });
  return checkTracesData(line).map(
    ({ path, reason, severity }) =>
      `${severity} ${path.replace("resourceSpans[0].scopeSpans[0].spans[0].", "")}: ${reason}`,
  );
}

function checkValue(value: unknown): string[] {
  return check({ attributes: [{ key: "k", value }] }).map((fault) => fault.replace("attributes[0].value", "value"));
}

describe("checkTracesData", () => {
  it("finds nothing in what we write, nor in what OTLP allows besides", () => {
    const span = makeSpan({ parent: 3, attributes: { a: [1, "x", { b: 1 }] }, events: [{ name: "e", time: [1, 1] }] });
    expect(checkTracesData(encodeTracesData([span]).text)).toEqual([]);
    expect(check({ parentSpanId: "", traceId: TRACE_ID.toUpperCase(), status: {}, links: [] })).toEqual([]);
    expect(checkValue({})).toEqual([]);
  });

  it.each([
    [{ traceId: "CvdlGRbNQ92ESOshHIAxnA==" }, "error traceId: looks like base64; OTLP JSON wants 32 hex digits"],
    [{ spanId: "AAAAAAAAAKo=" }, "error spanId: looks like base64; OTLP JSON wants 16 hex digits"],
    [{ spanId: "xyz" }, "error spanId: is not 16 hex digits"],
    [{ spanId: "0".repeat(16) }, "error spanId: is all zeros, which is not a valid id"],
    [{ spanId: "" }, "error spanId: is not 16 hex digits"],
    [{ parentSpanId: 5 }, "error parentSpanId: is not a string of 16 hex digits"],
    [{ kind: "SPAN_KIND_SERVER" }, "error kind: is an enum name; OTLP JSON wants its number"],
    [{ kind: 6 }, "error kind: is not between 0 and 5"],
    [{ kind: 1.5 }, "error kind: is not an integer"],
    [{ status: { code: "STATUS_CODE_OK" } }, "error status.code: is an enum name; OTLP JSON wants its number"],
    [{ status: 2 }, "error status: is not an object"],
    [{ start_time_unix_nano: "1" }, "error start_time_unix_nano: is not spelt as OTLP JSON does: startTimeUnixNano"],
    [{ somethingNew: 1 }, "warning somethingNew: is not a field of OTLP; readers ignore it"],
    [
      { startTimeUnixNano: 1 },
      "warning startTimeUnixNano: is a number; 64-bit integers are written as decimal strings",
    ],
    [{ startTimeUnixNano: "1.5" }, "error startTimeUnixNano: is not a 64-bit integer in decimal"],
    [{ startTimeUnixNano: "-1" }, "error startTimeUnixNano: is out of the range of a 64-bit integer"],
    [{ endTimeUnixNano: "18446744073709551616" }, "error endTimeUnixNano: is out of the range of a 64-bit integer"],
    [{ endTimeUnixNano: "0" }, "warning endTimeUnixNano: is before startTimeUnixNano"],
    [{ name: "" }, "warning name: is empty; readers show the span as unknown"],
    [{ name: "\ud800" }, "error name: holds half a surrogate pair, which is not valid UTF-16"],
    [{ name: undefined }, "error name: is missing"],
    [{ traceState: null }, "warning traceState: is null; a field without a value is left out"],
    [{ flags: -1 }, "error flags: is not a 32-bit unsigned integer"],
    [{ droppedEventsCount: "3" }, "warning droppedEventsCount: is a string; 32-bit integers are written as numbers"],
    [{ events: {} }, "error events: is not a list"],
    [{ events: [{ name: "e" }] }, "error events[0].timeUnixNano: is missing"],
    [{ links: [{ traceId: TRACE_ID }] }, "error links[0].spanId: is missing"],
    [{ attributes: { a: 1 } }, "error attributes: is not a list"],
    [{ attributes: [{ value: {} }] }, "error attributes[0].key: is missing"],
    [{ attributes: [{ key: "" }] }, "error attributes[0].key: is empty"],
    [{ attributes: [{ key: "a" }, { key: "a" }] }, "error attributes[1].key: is there twice in one list"],
  ])("%j: %s", (fields, fault) => {
    expect(check(fields)).toEqual([fault]);
  });

  it.each([
    ["text", "error value: is not an object"],
    [{ intValue: 1e30 }, "error value.intValue: is out of the range of a 64-bit integer"],
    [{ intValue: 5 }, "warning value.intValue: is a number; 64-bit integers are written as decimal strings"],
    [{ intValue: "05" }, "error value.intValue: is not a 64-bit integer in decimal"],
    [{ doubleValue: null }, "error value.doubleValue: is null: the value is lost"],
    [{ doubleValue: "nan" }, 'error value.doubleValue: is not a number, "NaN", "Infinity" or "-Infinity"'],
    [{ doubleValue: "1.5" }, "warning value.doubleValue: is a string; finite doubles are written as numbers"],
    [{ boolValue: "true" }, "error value.boolValue: is not true or false"],
    [{ bytesValue: "?" }, "error value.bytesValue: is not base64"],
    [{ bytesValue: "_-8" }, "warning value.bytesValue: is not base64 in the standard alphabet with padding"],
    [{ string_value: "x" }, "error value.string_value: is not spelt as OTLP JSON does: stringValue"],
    [{ stringValue: "a", intValue: "1" }, "error value: has more than one value; an AnyValue holds at most one"],
    [{ arrayValue: [] }, "error value.arrayValue: is not an object"],
    [
      { arrayValue: { values: [{ boolValue: 1 }] } },
      "error value.arrayValue.values[0].boolValue: is not true or false",
    ],
    [
      { kvlistValue: { values: [{ key: "a", value: { intValue: "x" } }] } },
      "error value.kvlistValue.values[0].value.intValue: is not a 64-bit integer in decimal",
    ],
  ])("an AnyValue of %j: %s", (value, fault) => {
    expect(checkValue(value)).toEqual([fault]);
  });

  it.each([
    ["", [{ path: "", reason: "is not JSON", severity: "error" }]],
    ['{"resourceSpans":[', [{ path: "", reason: "is not JSON", severity: "error" }]],
    ['\ufeff{"resourceSpans":[]}', [{ path: "", reason: "starts with a byte order mark", severity: "error" }]],
    ["[]", [{ path: "", reason: "is not an object", severity: "error" }]],
    [
      '{"resource_spans":[]}',
      [
        { path: "resource_spans", reason: "is not spelt as OTLP JSON does: resourceSpans", severity: "error" },
        { path: "resourceSpans", reason: "is missing", severity: "error" },
      ],
    ],
    ['{"resourceSpans":[{}]}', [{ path: "resourceSpans[0].scopeSpans", reason: "is missing", severity: "error" }]],
  ])("names what is wrong with the line %j", (line, faults) => {
    expect(checkTracesData(line)).toEqual(faults);
  });

  it("stops at 100 faults", () => {
    const spans = Array.from({ length: 200 }, () => null);
    expect(checkTracesData(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))).toHaveLength(100);
  });

  it("calls endless nesting a fault instead of following it", () => {
    const depth = 100_000;
    const deep = '{"arrayValue":{"values":['.repeat(depth) + "]}}".repeat(depth);
    const span = JSON.stringify({ ...GOOD, attributes: [{ key: "k", value: "DEEP" }] }).replace('"DEEP"', deep);
    const faults = checkTracesData(`{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`);
    expect(faults.map(({ reason }) => reason)).toEqual(["is nested deeper than 128"]);
  });
});
