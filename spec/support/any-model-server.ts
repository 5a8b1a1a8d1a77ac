import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CHAT_MODEL } from "../../samples/local-openai/rules-model.js";
import { startLocalOpenAI } from "../../samples/local-openai/server.js";

/** The samples' server of rules, under whatever name a model is asked for: for the examples of the documents. */
export async function startAnyModelServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const rules = await startLocalOpenAI();
  const server = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as object;
      const answer = await fetch(`${rules.url}${request.url ?? ""}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...body, model: CHAT_MODEL }),
      });
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    forward().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await rules.close();
    },
  };
}
