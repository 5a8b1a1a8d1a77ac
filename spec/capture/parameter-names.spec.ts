import fc from "fast-check";
import { readParameterNames } from "../../lib/capture/index.js";
import { codePoint } from "../support/code-point.js";

/** Source text as an engine would keep it, evaluated so that the spec sees what the user's compiler emitted. */
function evaluate(source: string): Function {
  return (0, eval)(`(${source})`) as Function;
}

function method(source: string, key?: string): Function {
  const holder = (0, eval)(`(class { ${source} })`) as Function;
  const keys = Reflect.ownKeys(holder.prototype as object).filter((name) => name !== "constructor");
  return Reflect.get(holder.prototype as object, key ?? keys[0] ?? "") as Function;
}

const names = (fn: Function): unknown => readParameterNames(fn).names;

describe("parameter names", () => {
  const methods: [source: string, expected: unknown][] = [
    ["plan(a, b) {}", ["a", "b"]],
    ["async plan(a) {}", ["a"]],
    ["* plan(a) {}", ["a"]],
    ["async * plan(a, b) {}", ["a", "b"]],
    ["async(a) {}", ["a"]],
    ["get(a) {}", ["a"]],
    ["function(a) {}", ["a"]],
    ["class(a) {}", ["a"]],
    ["'a (quoted' (b) {}", ["b"]],
    ["['computed' + (1, ')')](b) {}", ["b"]],
    ["[`t${(() => '`)')()}`](b) {}", ["b"]],
    ["async /* (no */ * // (no\n plan /* x */ ( /* (a, */ a /* = ) */ , // b\n b ) {}", ["a", "b"]],
    ["0.5(a) {}", ["a"]],
  ];
  it.each(methods)("of the method %s", (source, expected) => {
    expect(names(method(source))).toStrictEqual(expected);
  });

  it("of static and #private methods", () => {
    const holder = (0, eval)(
      "(class { #hidden(a, ...b) {} static reveal() { return new this().#hidden; } static async *st(c) {} })",
    ) as {
      reveal(): Function;
      st: Function;
    };
    expect(readParameterNames(holder.reveal())).toStrictEqual({ names: ["a", "b"], restIndex: 1 });
    expect(names(holder.st)).toStrictEqual(["c"]);
  });

  const functions: [source: string, expected: unknown][] = [
    ["function (a, b) {}", ["a", "b"]],
    ["async function* named(a,b,) {}", ["a", "b"]],
    ["a => a", ["a"]],
    ["async a => a", ["a"]],
    ["async => async", ["async"]],
    ["async (a, b) => a", ["a", "b"]],
    ["() => ({ a: (b, c) => 1 })", []],
    ["(ñ, $a, _b1) => 1", ["ñ", "$a", "_b1"]],
    ["(a = 1, b = (2, 3), c = [4, 5], d = { e: 6, f: 7 }) => 1", ["a", "b", "c", "d"]],
    ["(a = ')', b = \"(\", c = `,${[`}`, ')'].map((x, y) => `${x})`)},`, d) => 1", ["a", "b", "c", "d"]],
    ['(a = /[/,)"]\\)/g, b = 4 / 2 / 1, c = (1) / 2, d = [3][0] / 1, e) => 1', ["a", "b", "c", "d", "e"]],
    ["(a = () => { return /\\)/.test(')'); }, b = typeof /,/, c) => 1", ["a", "b", "c"]],
    [
      "(a = function (x, y) { return '('; }, b = class { m(p, q) {} }, c = async (z) => { await z; }, d = x => x, e) => 1",
      ["a", "b", "c", "d", "e"],
    ],
    ["(a = b => ({ c: b, d: 1 }), e = new Map([[1, 2]])) => 1", ["a", "e"]],
    ["({ a, b: { c = ')' } }, d, [e, f] = [1, 2], { g } = {}) => 1", [undefined, "d", undefined, undefined]],
    ["function (a, a) {}", ["a", undefined]],
    ["(\\u0061b, c) => 1", [undefined, "c"]],
  ];
  it.each(functions)("of the function %s", (source, expected) => {
    expect(names(evaluate(source))).toStrictEqual(expected);
  });

  it("tell which one is the rest", () => {
    expect(readParameterNames(evaluate("(a, ...b) => 1"))).toStrictEqual({ names: ["a", "b"], restIndex: 1 });
    expect(readParameterNames(evaluate("(a, ...{ length }) => 1"))).toStrictEqual({
      names: ["a", undefined],
      restIndex: 1,
    });
    expect(readParameterNames(evaluate("(a = [...'xy'], b) => 1"))).toStrictEqual({
      names: ["a", "b"],
      restIndex: undefined,
    });
  });

  it("are those of what compilers emit for an async or default parameter method", () => {
    expect(names(evaluate("function plan(_x) { return _plan.apply(this, arguments); }"))).toStrictEqual(["_x"]);
    expect(
      names(evaluate("function(a) { var b = arguments.length > 1 && arguments[1] !== void 0 ? arguments[1] : 1; }")),
    ).toStrictEqual(["a"]);
    expect(names(evaluate("(a=(cov.b[0][0]++,1),b)=>{}"))).toStrictEqual(["a", "b"]);
  });

  it("are none for what has no readable source", () => {
    const none = { names: [], restIndex: undefined };
    for (const fn of [
      Math.max,
      evaluate("(a) => a").bind(null),
      new Proxy(evaluate("(a) => a"), {}),
      evaluate("class { constructor(a) {} }"),
      evaluate("class extends (Array, Object) { m(b) {} }"),
      evaluate("class Named extends Object { m(a) {} }"),
      {},
      null,
      "(a) => a",
    ]) {
      expect(readParameterNames(fn as Function)).toStrictEqual(none);
    }
    expect(names(new Function("a", "b = ')'", "return a"))).toStrictEqual(["a", "b"]);
  });

  it("are found whatever defaults stand between them", () => {
    const value = fc.oneof(
      fc.string({ unit: codePoint }).map((text) => JSON.stringify(text)),
      fc.constantFrom(
        "/[)/]/",
        "`${`)`}`",
        "(1, 2)",
        "{ a: [1] }",
        "x => x / 2",
        "function (p, q) { /* ) */ }",
        "[...'ab']",
        "1 / 2",
        "'\\''",
        "!/=/",
      ),
    );
    const parameters = fc.array(
      fc.record({ value: fc.option(value), space: fc.constantFrom("", " ", "/*,*/", "//)\n") }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(parameters, fc.constantFrom("function f", "async function* f", "async ", ""), (list, head) => {
        const text = list
          .map(({ value, space }, i) => `${space}p${i}${space}${value === null ? "" : `=${space}${value}`}${space}`)
          .join(",");
        const tail = head.includes("function") ? " {}" : " => 1";
        expect(names(evaluate(`${head}(${text})${tail}`))).toStrictEqual(list.map((_, i) => `p${i}`));
      }),
      { numRuns: 500 },
    );
  });
});
