import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { Tool, bindContext, injectContext, withExtractedContext } from "spandrel";
import { z } from "zod";

const RATES: Readonly<Record<string, number>> = { AT: 20, CH: 8.1, DE: 19 };

/** The tool on the server's side. */
class TaxTable {
  @Tool({ name: "tax_rate" })
  rateOf(country: string): number {
    const rate = RATES[country];
    if (rate === undefined) throw new Error(`There is no rate for ${country}.`);
    return rate;
  }
}

/** The client's side: asks an MCP server for rates. */
export class TaxOffice {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  @Tool({ name: "ask_tax_rate" })
  async ask(country: string): Promise<number> {
    const answer = await this.#client.callTool(
      // `_meta` is MCP's place for what is not an argument.
      { name: "tax_rate", arguments: { country }, _meta: injectContext({}, { include: ["customerIdentifier"] }) },
      CallToolResultSchema,
    );
    const [content] = CallToolResultSchema.parse(answer).content;
    return content?.type === "text" ? Number(content.text) : NaN;
  }
}

/** Starts an MCP server with one tool, and a client that is connected to it. */
export async function openTaxOffice(): Promise<{ office: TaxOffice; close: () => Promise<void> }> {
  const table = new TaxTable();
  const server = new McpServer({ name: "tax-office", version: "1.0.0" });
  server.registerTool("tax_rate", { inputSchema: { country: z.string() } }, ({ country }, { _meta }) =>
    withExtractedContext(_meta ?? {}, () => ({ content: [{ type: "text", text: String(table.rateOf(country)) }] })),
  );

  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await server.connect(serverSide);
  // In memory a message arrives in the context of whoever sent it. Bound to the context of now it arrives as it would in
  // another process: without any.
  if (serverSide.onmessage !== undefined) serverSide.onmessage = bindContext(serverSide.onmessage);
  const client = new Client({ name: "worker", version: "1.0.0" });
  await client.connect(clientSide);
  return { office: new TaxOffice(client), close: () => client.close() };
}
