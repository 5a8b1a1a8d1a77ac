import { exampleOf, runHere } from "./documented.js";

// A file of its own, as one telemetry runs at a time.
describe("docs/testing.md, Vitest", () => runHere(exampleOf("vitest")));
