export { PartialAnswer } from "./partial-answer.js";
