export { attachClasses, attachDialect } from "./attach-dialect.js";
export { BoundedText } from "./bounded-text.js";
export type { CallDialect, ChunkReader, ResponseFacts } from "./call-dialect.js";
export { watchRetries } from "./client-retries.js";
export { warnOfKnownBad } from "./warn-of-known-bad.js";
export { traceCall } from "./trace-call.js";
export { traceDerived } from "./trace-derived.js";
export {
  filePart,
  mediaPart,
  reasoningPart,
  refusalPart,
  textPart,
  toolCallPart,
  toolResponsePart,
} from "./message-parts.js";
export type { Message, MessagePart } from "./message-parts.js";
export { fieldsOf, listOf, parseArguments, put, textOf } from "./read-fields.js";
export type { Fields } from "./read-fields.js";
export { serverAttributes } from "./server-address.js";
export { enableInstruments } from "./enable-instruments.js";
export type { NativeInstrument } from "./enable-native.js";
export type { InstrumentName } from "./instrument-names.js";
export { selectInstruments } from "./select-instruments.js";
export type { InstrumentSelection } from "./select-instruments.js";
