import { once } from "node:events";
import { Writable } from "node:stream";
import { ConsoleSpanExporter } from "../../lib/exporters/index";
import { resetLog } from "../../lib/internal/index";
import { makeSpan } from "../otlp/make-span";
import { makeStream } from "./text-stream";
import { exportBatch } from "./trace-file";

beforeEach(() => resetLog(() => {}));

describe("a stream that fails", () => {
  it("by throwing fails the batch", () => {
    const error = new Error("EAGAIN");
    const stream = makeStream({
      write: () => {
        throw error;
      },
    });
    expect(exportBatch(new ConsoleSpanExporter({ stream }), makeSpan())).toEqual({ code: 1, error });
  });

  it("later does not end the process when nobody listens for its error", async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => process.nextTick(done, new Error("EPIPE")) });
    expect(exportBatch(new ConsoleSpanExporter({ stream }), makeSpan())).toEqual({ code: 0 });
    // An "error" nobody takes would be an uncaught exception, which fails the run.
    await new Promise((resolve) => stream.once("close", resolve));
    expect(stream.destroyed).toBe(true);
    expect(exportBatch(new ConsoleSpanExporter({ stream }), makeSpan())).toMatchObject({ code: 1 });
  });

  it("later tells those who listen", async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => process.nextTick(done, new Error("EPIPE")) });
    const told = once(stream, "error");
    exportBatch(new ConsoleSpanExporter({ stream }), makeSpan());
    expect(await told).toEqual([expect.objectContaining({ message: "EPIPE" })]);
  });

  it("by falling behind gets nothing more", () => {
    const stream = makeStream({ writableLength: 17 * 1024 * 1024 });
    expect(exportBatch(new ConsoleSpanExporter({ stream }), makeSpan())).toMatchObject({ code: 1 });
    expect(stream.take()).toBe("");
  });
});
