import { readFileSync } from "node:fs";
import { join } from "node:path";

import { VERSION, sharedSlot } from "../../lib/internal/index.js";

describe("sharedSlot", () => {
  it("is the same object for everybody who asks for the name, made once by whoever comes first", () => {
    const create = jest.fn(() => ({ count: 0 }));
    const slot = sharedSlot("spec", create);
    slot.count++;
    expect(sharedSlot("spec", () => ({ count: -1 }))).toBe(slot);
    expect([create.mock.calls.length, slot.count]).toEqual([1, 1]);
    expect(sharedSlot("spec-other", () => ({}))).not.toBe(slot);
  });

  it("lives under a versioned key that every copy of the package finds", () => {
    const slot = sharedSlot("spec", () => ({}));
    const slots: unknown = Reflect.get(globalThis, Symbol.for("spandrel.state.v1"));
    expect((slots as Map<string, object>).get("spec")).toBe(slot);
  });

  it("is found by a second copy", () => {
    const slot = sharedSlot("spec", () => ({}));
    jest.isolateModules(() => {
      const copy = jest.requireActual<{ sharedSlot: typeof sharedSlot }>("../../lib/internal/index.js").sharedSlot;
      expect(copy).not.toBe(sharedSlot);
      expect(copy("spec", () => ({}))).toBe(slot);
    });
  });
});

describe("VERSION", () => {
  it("is the one in package.json", () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));
    expect(VERSION).toBe(manifest.version);
  });
});
