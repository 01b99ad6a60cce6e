/**
 * A bare `node:http` server that answers every request with the same answer, as little as a server can do: what cache
 * hits are measured against, and the upstream of the gateway beside it.
 *
 * `node bench/cache-hits-server.ts PORT`
 */
import { createServer } from "node:http";
import { answerBody } from "./payloads.ts";

const body = Buffer.from(answerBody());
const headers = { "content-type": "application/json", "content-length": String(body.length) };

createServer((request, response) => {
  // The request is read, as every server of JSON has to.
  request.resume();
  request.on("end", () => {
    response.writeHead(200, headers);
    response.end(body);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
