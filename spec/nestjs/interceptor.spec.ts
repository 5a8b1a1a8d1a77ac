import { EventEmitter } from "node:events";
import { Observable, lastValueFrom } from "rxjs";
import { traced } from "../../lib/index.js";
import { type ExecutionContextLike, SpandrelInterceptor } from "../../lib/nestjs/index.js";
import { macrotask, useTraces, withAttributes } from "../support/traces.js";

const traces = useTraces();
const step = traced("step", () => "done");
const CUSTOMER = "respan.customer_params.customer_identifier";

/** What a transport hands over. */
const execution = (type: string, ...args: unknown[]): ExecutionContextLike => ({
  getType: () => type,
  getArgs: () => args,
});
/** A handler that is called when `handle` is, as Nest binds the context then. */
const handler = { handle: () => step() };

describe("SpandrelInterceptor", () => {
  it.each([
    ["rpc", { customer: "c-1" }, "its data"],
    ["ws", { customer: "c-1" }, "its client"],
  ])("%s: sets attributes of %s, and makes no span", (type, first) => {
    const interceptor = new SpandrelInterceptor({
      attributes: (request: { customer: string }) => ({ customerIdentifier: request.customer }),
    });
    expect(interceptor.intercept(execution(type, first, { other: true }), handler)).toBe("done");
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([{ name: "step", kind: "task", [CUSTOMER]: "c-1" }]);
  });

  it("gives the attributes function what Nest knows of the handler", () => {
    const given = execution("ws", {}, { customer: "c-2" });
    const attributes = jest.fn((_client: unknown, { getArgs }: ExecutionContextLike) => ({
      customerIdentifier: (getArgs()[1] as { customer: string }).customer,
    }));
    new SpandrelInterceptor({ attributes }).intercept(given, handler);
    expect(attributes).toHaveBeenCalledWith({}, given);
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([{ name: "step", kind: "task", [CUSTOMER]: "c-2" }]);
  });

  it.each([
    ["the server's own", (raw: object): unknown => raw],
    ["Fastify's, which have them inside", (raw: object): unknown => ({ raw })],
  ])("http: runs the handler in a span of the request: %s", (_whose, around) => {
    const request = Object.assign(new EventEmitter(), { method: "GET", url: "/a?b=1", headers: {} });
    const response = Object.assign(new EventEmitter(), {
      headersSent: true,
      statusCode: 200,
      writableFinished: true,
      getHeader: () => undefined,
    });
    const interceptor = new SpandrelInterceptor({ attributes: () => ({ customerIdentifier: "c-3" }) });
    expect(interceptor.intercept(execution("http", around(request), around(response)), handler)).toBe("done");
    response.emit("finish");
    expect(traces.current.tree(withAttributes(CUSTOMER, "url.path"))).toEqual([
      {
        name: "GET",
        kind: "spandrel",
        [CUSTOMER]: "c-3",
        "url.path": "/a",
        children: [{ name: "step", kind: "task", [CUSTOMER]: "c-3" }],
      },
    ]);
  });

  it("hands the handler's Observable on, unsubscribed, and what it throws", async () => {
    const observable = new Observable<string>((subscriber) => {
      subscriber.next("a");
      subscriber.complete();
    });
    const interceptor = new SpandrelInterceptor();
    const given = interceptor.intercept(execution("rpc", {}), { handle: () => observable });
    expect(given).toBe(observable);
    expect(await lastValueFrom(given)).toBe("a");
    const error = new Error("handler");
    const broken = {
      handle: (): never => {
        throw error;
      },
    };
    expect(() => interceptor.intercept(execution("rpc", {}), broken)).toThrow(error);
    expect(traces.current.spans).toEqual([]);
  });

  it("contains an attributes function that throws, and says so", () => {
    const interceptor = new SpandrelInterceptor({
      attributes: () => {
        throw new Error("no header");
      },
    });
    expect(interceptor.intercept(execution("rpc", {}), handler)).toBe("done");
    expect(traces.current.tree()).toEqual([{ name: "step", kind: "task" }]);
    expect(traces.current.faults).toEqual({ SPANDREL_REQUEST_ATTRIBUTES_FAILED: 1 });
  });

  it("leaves out attributes that are promised, and says so", async () => {
    const attributes = async (): Promise<never> => {
      throw new Error("nobody waits for this");
    };
    const interceptor = new SpandrelInterceptor({ attributes } as object);
    expect(interceptor.intercept(execution("rpc", {}), handler)).toBe("done");
    await macrotask();
    expect(traces.current.tree(withAttributes(CUSTOMER))).toEqual([{ name: "step", kind: "task" }]);
    expect(traces.current.lines.join("")).toMatch(/SPANDREL_REQUEST_ATTRIBUTES_UNUSABLE/);
  });

  it.each([
    ["attributes", { attributes: "customer" }],
    ["trustIncoming", { trustIncoming: "always" }],
    ["sapns", { sapns: true }],
  ])("refuses an option that cannot be used: %s", (name, options) => {
    expect(() => new SpandrelInterceptor(options as object)).toThrow(new RegExp(name));
  });
});
