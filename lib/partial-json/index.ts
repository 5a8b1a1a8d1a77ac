export { PartialJsonParser } from "./partial-json-parser.js";
