/**
 * The provider of the soak: streams of random length, five pieces a second, and every fault that a provider has.
 * `node bench/soak-upstream.ts PORT`; ends with its parent.
 */
import { createServer, type ServerResponse } from "node:http";
import { pathToFileURL } from "node:url";

/**
 * Between two pieces of a stream, in ms. 2,000 streams then leave room on two cores, which clients, upstreams and gateway
 * share: with none left, it would be a soak of time-outs.
 */
const PIECE_MS = 200;
/** Pieces of a stream: between 4 and 24 seconds. */
const LEAST_PIECES = 20;
const MOST_PIECES = 120;
/** The text of a piece: 155 bytes with what is around it. */
const TEXT = "soaking ";

/** How a request is answered, and its share. */
const FAULTS: readonly { readonly share: number; readonly play: (response: ServerResponse) => void }[] = [
  { share: 0.02, play: (response) => refuse(response, 503) },
  { share: 0.02, play: (response) => refuse(response, 500) },
  { share: 0.01, play: (response) => response.destroy() },
  { share: 0.02, play: (response) => stream(response, { cutAfter: 10 }) },
  // Nothing more comes, and the connection stays: only the gateway's own timer ends it.
  { share: 0.005, play: (response) => stream(response, { stallAfter: 10 }) },
];

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`{"error":{"message":"soak ${status}"}}`);
}

function stream(response: ServerResponse, { cutAfter, stallAfter }: { cutAfter?: number; stallAfter?: number } = {}) {
  const pieces = LEAST_PIECES + Math.floor(Math.random() * (MOST_PIECES - LEAST_PIECES));
  response.writeHead(200, { "content-type": "text/event-stream" });
  const say = (choice: object) =>
    response.write(`data: ${JSON.stringify({ id: "soak", object: "chat.completion.chunk", choices: [choice] })}\n\n`);
  let said = 0;
  const timer = setInterval(() => {
    if (said === stallAfter) return;
    if (said === cutAfter) {
      clearInterval(timer);
      response.destroy();
    } else if (said++ < pieces) say({ index: 0, delta: { content: TEXT } });
    else {
      clearInterval(timer);
      say({ index: 0, delta: {}, finish_reason: "stop" });
      response.end("data: [DONE]\n\n");
    }
  }, PIECE_MS);
  response.on("close", () => clearInterval(timer));
}

function main(port: number): void {
  createServer((request, response) => {
    request.resume().on("end", () => {
      let luck = Math.random();
      for (const { share, play } of FAULTS) {
        if (luck < share) return void play(response);
        luck -= share;
      }
      stream(response);
    });
  }).listen(port, "127.0.0.1");
  process.on("disconnect", () => process.exit(0));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(Number(process.argv[2]));
