// Who is measured, as data. `adapter` is a file of contenders/, `settings` goes to its `create`, `baseline` is who it is
// compared with in the same round. A contender takes part in the cases of its group.

const ALL = ["a_sync", "b_async", "c_nest5", "d_gen1000", "e_10kb", "f_conc100"];
/** Without content there is nothing to see of 10 KB of it. */
const PLAIN = ALL.filter((name) => name !== "e_10kb");
const CALLS = ["a_sync", "b_async"];

export const CONTENDERS = {
  bare: { adapter: "bare", group: "all", cases: ALL },

  hand: { adapter: "hand-written", group: "plain", cases: PLAIN },
  spandrel: { adapter: "spandrel", group: "plain", cases: PLAIN, baseline: "hand" },
  "spandrel-own-sdk": {
    adapter: "spandrel",
    group: "plain",
    cases: PLAIN,
    baseline: "hand",
    settings: { provider: "stock" },
  },

  "hand-content": { adapter: "hand-written", group: "content", cases: ALL, settings: { content: true } },
  "spandrel-content": {
    adapter: "spandrel",
    group: "content",
    cases: ALL,
    baseline: "hand-content",
    settings: { content: true },
  },

  "hand-off": { adapter: "hand-written", group: "off", cases: PLAIN, settings: { provider: "none" } },
  "spandrel-off": {
    adapter: "spandrel",
    group: "off",
    cases: PLAIN,
    baseline: "hand-off",
    settings: { provider: "none" },
  },

  "hand-tagged": { adapter: "hand-written", group: "five", cases: CALLS, settings: { processors: 1 } },
  "hand-five": {
    adapter: "hand-written",
    group: "five",
    cases: CALLS,
    baseline: "hand-tagged",
    settings: { processors: 5 },
  },
  "spandrel-tagged": { adapter: "spandrel", group: "five", cases: CALLS, settings: { processors: 1 } },
  "spandrel-five": {
    adapter: "spandrel",
    group: "five",
    cases: CALLS,
    baseline: "spandrel-tagged",
    settings: { processors: 5 },
  },
};

/** The same for another build of Spandrel, measured in the same rounds: `--other PATH`. */
export function contendersOfBuild(label) {
  return Object.fromEntries(
    Object.entries(CONTENDERS)
      .filter(([, contender]) => contender.adapter === "spandrel")
      .map(([name, contender]) => [
        name.replace("spandrel", label),
        { ...contender, baseline: contender.baseline?.replace("spandrel", label), build: label },
      ]),
  );
}

/** Names of the five processors of the group `five`; spans are tagged with the last. */
export const PROCESSOR_NAMES = ["first", "second", "third", "fourth", "debug"];
export const TAG = "debug";
