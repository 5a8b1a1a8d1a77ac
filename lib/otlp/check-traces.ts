import {
  checkBoolean,
  checkBytes,
  checkDouble,
  checkEnum,
  checkFixed64,
  checkId,
  checkInt64,
  checkList,
  checkMessage,
  checkText,
  checkUint32,
  Findings,
  type Fault,
  type FieldCheck,
} from "./check-field.js";
import { isFields, readInteger, readList } from "./decode-value.js";

/** Deeper values are a fault of their own: no reader walks them (ours stops here too). */
const MAX_DEPTH = 128;

const anyValueMembers: Readonly<Record<string, FieldCheck>> = {
  stringValue: checkText,
  boolValue: checkBoolean,
  intValue: checkInt64,
  doubleValue: checkDouble,
  bytesValue: checkBytes,
  arrayValue: checkMessage({ values: checkList((value, path, findings) => checkAnyValue(value, path, findings)) }),
  kvlistValue: checkMessage({ values: checkKeyValues({ isEmptyKeyAllowed: true }) }),
};

const checkOneOf = checkMessage(anyValueMembers, {
  isNullLoss: true,
  then(message, path, findings) {
    const members = Object.keys(message).filter((name) => Object.hasOwn(anyValueMembers, name));
    if (members.length > 1) findings.error(path, "has more than one value; an AnyValue holds at most one");
  },
});

function checkAnyValue(value: unknown, path: string, findings: Findings): void {
  if (findings.depth >= MAX_DEPTH) return findings.error(path, `is nested deeper than ${MAX_DEPTH}`);
  findings.depth++;
  checkOneOf(value, path, findings);
  findings.depth--;
}

function checkKeyValues({ isEmptyKeyAllowed }: { isEmptyKeyAllowed: boolean }): FieldCheck {
  const checkEntries = checkList(checkMessage({ key: checkText, value: checkAnyValue }, { required: ["key"] }));
  return (value, path, findings) => {
    checkEntries(value, path, findings);
    const seen = new Set<unknown>();
    readList(value).forEach((entry, index) => {
      const key = isFields(entry) ? entry["key"] : undefined;
      if (key === "" && !isEmptyKeyAllowed) findings.error(`${path}[${index}].key`, "is empty");
      if (key !== undefined && seen.has(key)) findings.error(`${path}[${index}].key`, "is there twice in one list");
      seen.add(key);
    });
  };
}

const checkAttributes = checkKeyValues({ isEmptyKeyAllowed: false });

const checkEvent = checkMessage(
  { timeUnixNano: checkFixed64, name: checkText, attributes: checkAttributes, droppedAttributesCount: checkUint32 },
  { required: ["timeUnixNano", "name"] },
);

const checkLink = checkMessage(
  {
    traceId: checkId(32, true),
    spanId: checkId(16, true),
    traceState: checkText,
    attributes: checkAttributes,
    droppedAttributesCount: checkUint32,
    flags: checkUint32,
  },
  { required: ["traceId", "spanId"] },
);

const checkSpan = checkMessage(
  {
    traceId: checkId(32, true),
    spanId: checkId(16, true),
    traceState: checkText,
    parentSpanId: checkId(16, false),
    flags: checkUint32,
    name: checkText,
    kind: checkEnum(5),
    startTimeUnixNano: checkFixed64,
    endTimeUnixNano: checkFixed64,
    attributes: checkAttributes,
    droppedAttributesCount: checkUint32,
    events: checkList(checkEvent),
    droppedEventsCount: checkUint32,
    links: checkList(checkLink),
    droppedLinksCount: checkUint32,
    status: checkMessage({ message: checkText, code: checkEnum(2) }),
  },
  {
    required: ["traceId", "spanId", "name", "startTimeUnixNano", "endTimeUnixNano"],
    then(span, path, findings) {
      const start = readInteger(span["startTimeUnixNano"]);
      const end = readInteger(span["endTimeUnixNano"]);
      if (start !== undefined && end !== undefined && end < start)
        findings.warn(`${path}.endTimeUnixNano`, "is before startTimeUnixNano");
      if (span["name"] === "") findings.warn(`${path}.name`, "is empty; readers show the span as unknown");
    },
  },
);

const checkScope = checkMessage({
  name: checkText,
  version: checkText,
  attributes: checkAttributes,
  droppedAttributesCount: checkUint32,
});

const checkScopeSpans = checkMessage(
  { scope: checkScope, spans: checkList(checkSpan), schemaUrl: checkText },
  { required: ["spans"] },
);

const checkResource = checkMessage({
  attributes: checkAttributes,
  droppedAttributesCount: checkUint32,
  entityRefs: checkList(() => {}),
});

const checkTracesMessage = checkMessage(
  {
    resourceSpans: checkList(
      checkMessage(
        { resource: checkResource, scopeSpans: checkList(checkScopeSpans), schemaUrl: checkText },
        { required: ["scopeSpans"] },
      ),
    ),
  },
  { required: ["resourceSpans"] },
);

/**
 * This checks one line of an OTLP JSON Lines trace file strictly, and returns every violation in document order; an
 * empty list means that any OTLP reader takes the line and loses nothing. At most 100 faults are returned.
 * It never throws. A line cut by a crash gives one fault whose path is "" and whose reason is "is not JSON".
 */
export function checkTracesData(line: string): readonly Fault[] {
  const findings = new Findings();
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    const reason = line.startsWith("\ufeff") ? "starts with a byte order mark" : "is not JSON";
    return [{ path: "", reason, severity: "error" }];
  }
  checkTracesMessage(data, "", findings);
  return findings.faults;
}
