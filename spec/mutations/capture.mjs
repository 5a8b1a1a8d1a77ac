/** Bounds and containment of what is captured. */
export const faults = [
  {
    name: "toJSON is not asked",
    file: "lib/capture/walker.ts",
    find: 'if (typeof toJSON === "function") return',
    replace: "if (false) return",
    specs: ["capture/plain-values.spec.ts", "capture/readable-values.spec.ts"],
  },
  {
    name: "a toJSON that throws is not contained in its place",
    file: "lib/capture/walker.ts",
    find: "return this.#string(marker.UNREADABLE_TO_JSON);",
    replace: 'throw new Error("toJSON");',
    specs: ["capture/hostile.spec.ts"],
  },
  {
    name: "a cycle is followed to the deepest level",
    file: "lib/capture/walker.ts",
    find: "if (this.#ancestors[i] === value) return this.#string(this.#circular(i));",
    replace: 'if (this.#ancestors[i] === undefined) return "";',
    specs: ["capture/readable-values.spec.ts", "capture/hostile.spec.ts"],
  },
  {
    name: "depth is not bounded",
    file: "lib/capture/walker.ts",
    find: "if (depth >= this.#maxDepth)\n",
    replace: "if (false)\n",
    specs: ["capture/limits.spec.ts"],
  },
  {
    name: "bytes are not bounded",
    file: "lib/capture/walker.ts",
    find: "if (bytes > this.#room) return this.#cutString(value);\n    const plain",
    replace: "const plain",
    specs: ["capture/limits.spec.ts"],
  },
  {
    name: "items are not bounded",
    file: "lib/capture/walker.ts",
    find: "const end = total < this.#maxItems ? total : this.#maxItems;",
    replace: "const end = total;",
    specs: ["capture/limits.spec.ts"],
  },
  {
    name: "cut items are not said",
    file: "lib/capture/walker.ts",
    find: "if (i < total) text += this.#restItems(total - i, i === 0);",
    replace: "",
    specs: ["capture/limits.spec.ts"],
  },
  {
    name: "a getter that throws spoils its neighbours",
    file: "lib/capture/walker.ts",
    find: "item = types.isProxy(items) ? marker.UNREADABLE_PROXY : marker.UNREADABLE_GETTER;",
    replace: 'throw new Error("getter");',
    specs: ["capture/hostile.spec.ts"],
  },
];
