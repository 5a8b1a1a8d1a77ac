import { SpanBuffer, getClient } from "spandrel";

const client = getClient();

// error: customerId
client.updateCurrentSpan({ params: { customerId: "c" } });
// error: captureContent
client.updateCurrentSpan({ params: { captureContent: false } });
// error: "done"
client.updateCurrentSpan({ status: "done" });
// error: 'number' is not assignable to type 'string'
client.updateCurrentSpan({ name: 1 });
// error: kinds
client.startSpan("span", { kinds: "task" });
// error: "chain"
client.startSpan("span", { kind: "chain" });
// error: "same"
client.startSpan("span", { exportFilter: { name: { operator: "same", value: "x" } } });
// error: '7' is not assignable to parameter of type
client.getSpanBuffer(7);
// error: spanId
client.getSpanBuffer({ traceId: "t", spanId: "s" });
// error: endsAt
client.getSpanBuffer().createSpan("span", {}, { endsAt: new Date() });
// error: is private
new SpanBuffer();
// error: read-only property
client.getSpanBuffer().traceId = "t";
// error: 'string' is not assignable to type 'ReadableSpan'
void client.processSpans(["span"]);
// error: is not assignable to type 'string'
const text: string = client.getContextValue("key");
export { text };
