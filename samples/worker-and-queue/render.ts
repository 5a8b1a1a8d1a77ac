import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Task, injectContext } from "spandrel";
import type { Carrier } from "spandrel";

/** Threads do not take over the loader that `--import tsx` brings. */
const TYPESCRIPT = ["--require", "tsx/cjs"];

/** What the thread is started with. */
export interface RenderData {
  readonly text: string;
  readonly trace: Carrier;
  /** The file that the thread writes its spans to. */
  readonly tracesPath: string;
}

/** Renders pages in a thread of their own. */
export class Renderer {
  readonly #tracesPath: string;

  constructor(tracesPath: string) {
    this.#tracesPath = tracesPath;
  }

  @Task({ name: "render" })
  render(text: string): Promise<string> {
    const workerData: RenderData = {
      text,
      trace: injectContext({}, { include: ["customerIdentifier"] }),
      tracesPath: this.#tracesPath,
    };
    return new Promise((resolve, reject) => {
      const thread = new Worker(join(__dirname, "render-thread.ts"), { workerData, execArgv: TYPESCRIPT });
      let page = "";
      thread.on("message", (message: string) => (page = message));
      thread.on("error", reject);
      thread.on("exit", () => resolve(page));
    });
  }
}
