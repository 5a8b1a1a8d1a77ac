import { decodeErrorMessage, decodeExportResponse } from "../../lib/otlp/index";
import { field, int } from "./write-protobuf";

const protobuf = (...parts: readonly number[][]): Uint8Array => Uint8Array.from(parts.flat());

describe("decodeExportResponse", () => {
  it.each([
    ["protobuf", protobuf(field(1, int(1, 3), field(2, "too old"))), 3, "too old"],
    ["JSON", '{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}', 3, "too old"],
    ["JSON with a number", '{"partialSuccess":{"rejectedSpans":3}}', 3, ""],
    ["JSON in snake_case", '{"partial_success":{"rejected_spans":3,"error_message":"x"}}', 3, "x"],
    ["protobuf with a warning", protobuf(field(1, field(2, "slow down"))), 0, "slow down"],
    ["protobuf with an unknown field", protobuf(int(9, 1), field(1, int(9, 1), int(1, 300))), 300, ""],
    ["protobuf without a word", new Uint8Array(), 0, ""],
    ["JSON without a word", "{}", 0, ""],
    ["no JSON", "", 0, ""],
    ["a proxy's page", "<html></html>", 0, ""],
    ["a proxy's page as bytes", Buffer.from("<html></html>"), 0, ""],
    ["a negative number", protobuf(field(1, int(1, -3))), 0, ""],
    ["JSON of other types", '{"partialSuccess":{"rejectedSpans":{},"errorMessage":7}}', 0, ""],
    ["a list", "[1]", 0, ""],
    ["null", "null", 0, ""],
    ["bytes cut short", protobuf(field(1, int(1, 3), field(2, "too old"))).subarray(0, 8), 0, ""],
  ])("reads %s", (_, body, rejectedSpans, errorMessage) => {
    expect(decodeExportResponse(body)).toEqual({ rejectedSpans, errorMessage });
  });
});

describe("decodeErrorMessage", () => {
  it.each([
    ["protobuf", protobuf(int(1, 3), field(2, "no such project"), field(3, field(1, "type"))), "no such project"],
    ["JSON", '{"code":3,"message":"no such project","details":[{"@type":"x"}]}', "no such project"],
    ["protobuf without a message", protobuf(int(1, 3)), ""],
    ["no body", new Uint8Array(), ""],
    ["a proxy's page", "<html></html>", ""],
    ["a message of another type", '{"message":{}}', ""],
  ])("reads %s", (_, body, message) => {
    expect(decodeErrorMessage(body)).toBe(message);
  });
});
