// Takes whatever is posted, as fast as it can, and keeps nothing.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(200, { "content-type": request.headers["content-type"] }).end());
});
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}/v1/traces`));
