import { faultOfProof } from "./shown-by.js";

const HERE = "spec/support/shown-by.spec.ts";

describe("a test that a document names", () => {
  it("is there, by its own title or that of its `describe`", () => {
    expect(faultOfProof(HERE, "a test that a document names")).toBeUndefined();
    expect(faultOfProof(HERE, "is there, by its own title or that of its `describe`")).toBeUndefined();
  });

  it.each([
    ["spec/support/nowhere.spec.ts", "a title", "there is no spec/support/nowhere.spec.ts"],
    [HERE, "spec/support/nowhere.spec.ts", `${HERE} has no test of the title "spec/support/nowhere.spec.ts"`],
    ["spec/support/fixtures/left-out.ts", "runs", "spec/support/fixtures/left-out.ts leaves tests out"],
  ])('is a fault where %s and "%s" do not fit', (file, title, fault) => {
    expect(faultOfProof(file, title)).toBe(fault);
    expect(faultOfProof(HERE, 'is a fault where %s and "%s" do not fit')).toBeUndefined();
  });
});
