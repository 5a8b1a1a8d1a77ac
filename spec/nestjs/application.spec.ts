import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FIXTURE, type NestProject, makeNestProject } from "./nest-project.js";

/** A span and what is below it, as the program writes it. */
interface Tree {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly exceptions: readonly string[];
  readonly children: readonly Tree[];
}

/** What the program has seen of a build: see `observe.ts` of the fixture. */
interface Observation {
  readonly answers: readonly string[];
  readonly metadata: readonly string[];
  readonly trees: readonly (readonly Tree[])[];
  readonly mixed: readonly string[];
  readonly gone?: { readonly log: readonly string[]; readonly trees: readonly Tree[]; readonly millis: number };
  readonly closing: readonly Tree[];
}

const BUILDS = ["above", "between", "below", "intercepted"] as const;
/** The builds whose requests have their context from the module. */
const MODULE_BUILDS = ["above", "between", "below"] as const;
type Observations = Readonly<Record<"plain" | (typeof BUILDS)[number], Observation>>;

let project: NestProject;
let printed = "";
let observed: Observations;

beforeAll(async () => {
  project = await makeNestProject();
  const file = join(project.folder, "observed.json");
  printed = await project.run("main.js", { args: [file] });
  observed = JSON.parse(readFileSync(file, "utf8")) as Observations;
}, 60_000);
afterAll(() => project?.remove());

const flat = (tree: Tree): Tree[] => [tree, ...tree.children.flatMap(flat)];
const pick = (tree: Tree, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.filter((name) => name in tree.attributes).map((name) => [name.split(".").at(-1), tree.attributes[name]]),
  );
/** The spans of a request, by how its answer begins. */
function spansOf(build: (typeof BUILDS)[number], asked: string): Tree[] {
  const at = observed.plain.answers.findIndex((answer) => answer.startsWith(`${asked}\n`));
  return observed[build].trees[at]!.flatMap(flat);
}
const CUSTOMER = "respan.customer_params.customer_identifier";

describe("an application of Nest", () => {
  it("answers each request as it should, without us: the list has every kind of answer", () => {
    const statuses = observed.plain.answers.map((answer) => Number(answer.split("\n")[1]));
    expect(statuses).toEqual([
      ...[200, 200, 400, 403, 202, 400, 400, 200, 400, 403, 403, 204, 301, 302, 200, 200, 203, 200, 200],
      ...[500, 418, 200, 409, 400, 200, 200, 404, 200, 200, 200, 200, 200, 200, 404],
    ]);
    expect(observed.plain.answers.join("\n")).toContain('{"item":"lamp","isOrder":true,"customer":"northwind"}');
  });

  it.each(BUILDS)("answers the very same with our decorators %s", (build) => {
    expect(observed[build].answers).toEqual(observed.plain.answers);
  });

  it.each(BUILDS)("keeps routes, roles, headers and parameter types with our decorators %s", (build) => {
    expect(observed[build].metadata).toEqual(observed.plain.metadata);
    const roles = observed[build].metadata.filter((line) => line.includes("roles = "));
    expect(roles).toEqual(['OrdersController.remove: roles = ["admin"]']);
    expect(observed[build].metadata).toContain(
      "OrdersController.create as member: design:paramtypes = " + '["function NewOrder","function String"]',
    );
  });

  it("prints the tree of each request, guards, pipes and filters in it", () => {
    expect(printed).toBe(readFileSync(join(FIXTURE, "expected.txt"), "utf8"));
  });
});

describe("the traces of its requests", () => {
  it("are the same with our decorators below Nest's as above", () => {
    const names = (build: (typeof MODULE_BUILDS)[number]): string[][] =>
      observed[build].trees.map((trees) => trees.flatMap(flat).map(({ name }) => name));
    expect(names("below")).toEqual(names("above"));
  });

  it.each(MODULE_BUILDS)("have the route on one server span each, and no span outside it: %s", (build) => {
    const roots = observed[build].trees.map((trees) =>
      trees.map((root) => pick(root, "http.route", "http.response.status_code")),
    );
    expect(roots.slice(0, 7)).toEqual([
      [{ route: "/orders", status_code: 200 }],
      [{ route: "/orders", status_code: 200 }],
      [{ route: "/orders", status_code: 400 }],
      [{ route: "/orders", status_code: 403 }],
      [{ route: "/orders", status_code: 202 }],
      [{ route: "/orders", status_code: 400 }],
      // The body's parser runs before any module's middleware.
      [],
    ]);
    expect(roots.slice(-1)).toEqual([[{ status_code: 404 }]]);
    expect(spansOf(build, "GET /v2/reports").map((span) => pick(span, "http.route", CUSTOMER))).toEqual([
      { route: "/v2/reports", customer_identifier: "globex" },
      { customer_identifier: "globex" },
      { customer_identifier: "globex" },
    ]);
  });

  it("have the failure of a handler where it was thrown, and on the request when it is the server's", () => {
    const failures = (asked: string): unknown[] =>
      spansOf("above", asked).map(({ name, status, exceptions }) => [name, status, ...exceptions]);
    expect(failures("GET /orders/crash")).toEqual([
      ["GET /orders/crash", "error"],
      ["RolesGuard.canActivate", "unset"],
      ["orders.crash", "error", "nobody has foreseen this"],
    ]);
    expect(failures("GET /orders/teapot").slice(0, 1)).toEqual([["GET /orders/teapot", "unset"]]);
  });

  it("have what a stream of events came to", () => {
    const ends = (asked: string): unknown[] =>
      spansOf("above", asked)
        .slice(1)
        .map(({ name, status, attributes }) => [
          name,
          status,
          attributes["spandrel.stream.chunk_count"],
          attributes["spandrel.stream.outcome"],
        ]);
    expect(ends("GET /feed/few")).toEqual([["feed.few", "unset", 3, "completed"]]);
    expect(ends("GET /feed/broken")).toEqual([["feed.broken", "error", 1, "failed"]]);
  });

  it.each(BUILDS)("end when the client of an endless stream has gone, as left and not as failed: %s", (build) => {
    const { log, trees, millis } = observed[build].gone!;
    expect(log).toEqual(["subscribed", "torn down"]);
    expect(trees.flatMap(flat).map(({ name, status }) => `${name} ${status}`)).toEqual([
      "GET /feed/endless unset",
      "feed.endless unset",
    ]);
    expect(trees[0]!.children[0]!.attributes["spandrel.stream.outcome"]).toBe("returned");
    expect(millis).toBeLessThan(100);
  });

  it.each(MODULE_BUILDS)("do not mix, however many requests are under way: %s", (build) => {
    const kinds = [
      "RolesGuard.canActivate, FieldsPipe.transform, price, price, price, price, plan, orders.list, GET /orders",
      "Visit.describe, Visit.describe, report, GET /v1/reports",
      "feed.few, GET /feed/few",
    ];
    expect(observed[build].mixed).toEqual(
      Array.from({ length: 12 }, (_, at) => `c-${String(at).padStart(2, "0")}: ${kinds[at % 3]!}`),
    );
  });

  it("have an attribute of a request-scoped provider on its own spans only", () => {
    const marked = spansOf("above", "GET /v1/reports").filter((span) => "respan.metadata.visited" in span.attributes);
    expect(marked.map(({ name }) => name)).toEqual(["Visit.describe", "Visit.describe"]);
  });

  it("hold what other modules do while they are shut down, and are written before the application is closed", () => {
    for (const build of BUILDS) {
      const closing = observed[build].closing.map((span) => [span.name, span.attributes["audit.recording"]]);
      expect(closing).toEqual([["audit.closed", true]]);
    }
  });
});

describe("the traces of an application that has the interceptor only", () => {
  it("have pipes and handlers in the request, guards and filters outside", () => {
    const shape = (asked: string): string[] => {
      const at = observed.plain.answers.findIndex((answer) => answer.startsWith(`${asked}\n`));
      return observed.intercepted.trees[at]!.map((tree) =>
        flat(tree)
          .map(({ name }) => name)
          .join(" > "),
      );
    };
    expect(shape("GET /orders/13")).toEqual([
      "RolesGuard.canActivate",
      "OutOfStockFilter.catch",
      "GET /orders/:id > FieldsPipe.transform > orders.one > price",
    ]);
    expect(shape("GET /nowhere")).toEqual([]);
    expect(spansOf("intercepted", "GET /v2/reports").map((span) => pick(span, "http.route", CUSTOMER))).toEqual([
      { route: "/v2/reports", customer_identifier: "globex" },
      { customer_identifier: "globex" },
      { customer_identifier: "globex" },
    ]);
  });
});
