export { issueAttributes, placeOf } from "./issue-attributes.js";
export { DEFAULT_CAPTURE_LIMITS } from "./limits.js";
export type { CaptureLimits } from "./limits.js";
export { UNREADABLE_GETTER } from "./markers.js";
export type { ParameterList } from "./parameter-list.js";
export { readParameterNames } from "./parameter-names.js";
export { recordFailure } from "./record-failure.js";
export { serializeArguments, serializeValue } from "./serialize.js";
