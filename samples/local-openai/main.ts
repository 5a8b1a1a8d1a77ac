// Runs the server by itself, for a client of your own: OPENAI_BASE_URL=<the printed URL>, or, without the /v1,
// ANTHROPIC_BASE_URL.
import { startLocalOpenAI } from "./server.js";

async function main(): Promise<void> {
  const { url } = await startLocalOpenAI({ port: Number(process.argv[2] ?? 0) });
  console.log(url);
}

void main();
