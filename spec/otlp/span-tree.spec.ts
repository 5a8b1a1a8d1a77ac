import fc from "fast-check";
import { buildSpanTree, renderSpanTree, type SpanNode, type TreeSpan } from "../../lib/otlp/index";

function makeTreeSpan(id: number, parent?: number, start = id, traceId = "t"): TreeSpan {
  return {
    traceId,
    spanId: String(id),
    ...(parent === undefined ? {} : { parentSpanId: String(parent) }),
    name: `s${id}`,
    kind: 1,
    startNanos: BigInt(start),
    endNanos: BigInt(start + 1),
    status: { code: 0 },
    attributes: new Map(),
  };
}

/** `1(2(3) 4)`, orphans with a star. */
function shape(nodes: readonly SpanNode[]): string {
  return nodes
    .map(
      ({ span, children, isOrphan }) =>
        `${span.spanId}${isOrphan ? "*" : ""}${children.length ? `(${shape(children)})` : ""}`,
    )
    .join(" ");
}

describe("buildSpanTree", () => {
  it("arranges spans under their parents in order of their start, whatever order they come in", () => {
    const spans = [
      makeTreeSpan(3, 2),
      makeTreeSpan(4, 1, 9),
      makeTreeSpan(5, 1, 8),
      makeTreeSpan(2, 1),
      makeTreeSpan(1),
    ];
    expect(shape(buildSpanTree(spans))).toBe("1(2(3) 5 4)");
  });

  it("makes a root of a span whose parent is missing", () => {
    expect(shape(buildSpanTree([makeTreeSpan(2, 1), makeTreeSpan(3, 2)]))).toBe("2*(3)");
  });

  it("keeps equal ids of different traces apart", () => {
    const spans = [makeTreeSpan(1), makeTreeSpan(2, 1), makeTreeSpan(2, 1, 5, "u")];
    expect(shape(buildSpanTree(spans))).toBe("1(2) 2*");
  });

  it("shows a span that was delivered twice once", () => {
    expect(shape(buildSpanTree([makeTreeSpan(1), makeTreeSpan(2, 1), makeTreeSpan(2, 1)]))).toBe("1(2)");
  });

  it("breaks circles at the earliest span", () => {
    expect(shape(buildSpanTree([makeTreeSpan(1, 3), makeTreeSpan(2, 1), makeTreeSpan(3, 2), makeTreeSpan(9, 9)]))).toBe(
      "1(2(3)) 9",
    );
  });

  it("takes a chain of 100,000", () => {
    const spans = Array.from({ length: 100_000 }, (_, index) =>
      makeTreeSpan(index, index === 0 ? undefined : index - 1),
    );
    let depth = 0;
    for (let nodes: readonly SpanNode[] = buildSpanTree(spans); nodes.length === 1; nodes = nodes[0]!.children) depth++;
    expect(depth).toBe(100_000);
  });

  it("takes 200,000 children of one parent, and of none", () => {
    const children = Array.from({ length: 200_000 }, (_, index) => makeTreeSpan(index + 2, 1));
    expect(buildSpanTree([makeTreeSpan(1), ...children])[0]?.children).toHaveLength(200_000);
    const roots = buildSpanTree(children);
    expect(roots).toHaveLength(200_000);
    expect(renderSpanTree(roots, { width: 100, isColoured: false, isPlain: true }).split("\n")).toHaveLength(200_001);
  });

  it("has every span exactly once, whatever the parents are", () => {
    const id = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.option(id, { nil: undefined }), id)), (links) => {
        const spans = links.map(([own, parent, start]) => makeTreeSpan(own, parent, start));
        const seen: string[] = [];
        const open = [...buildSpanTree(spans)];
        for (let node = open.pop(); node !== undefined; node = open.pop()) {
          seen.push(node.span.spanId);
          open.push(...node.children);
        }
        expect(seen.sort()).toEqual([...new Set(spans.map((span) => span.spanId))].sort());
      }),
    );
  });
});
