import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What came for one model. */
export interface ModelCounts {
  requests: number;
  /** Requests being answered now, and the most there were at once. */
  open: number;
  mostOpen: number;
}

/** A provider whose models behave as their names say, and that counts what comes. */
export interface CountingProvider extends AsyncDisposable {
  readonly url: string;
  of(model: string): ModelCounts;
}

/** Words of a stream, and the time between two, in ms. */
export const STREAM_WORDS = 30;
const WORD_MS = 50;
/** How long an unstreamed answer takes, in ms. */
const ANSWER_MS = 300;

/**
 * Starts one on a free port. Streams take a second and a half; `failing` answers 500 at once, everything else after
 * 300 ms.
 */
export async function countingProvider(): Promise<CountingProvider> {
  const counts = new Map<string, ModelCounts>();
  const of = (model: string): ModelCounts => {
    const known = counts.get(model) ?? { requests: 0, open: 0, mostOpen: 0 };
    counts.set(model, known);
    return known;
  };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const { model, stream } = JSON.parse(text) as { model: string; stream?: boolean };
      const count = of(model);
      count.requests++;
      count.open++;
      count.mostOpen = Math.max(count.mostOpen, count.open);
      response.on("close", () => count.open--);
      if (model === "failing") response.writeHead(500, { "content-type": "application/json" }).end("{}");
      else if (stream === true) streamWords(response);
      else setTimeout(() => answer(response, model), ANSWER_MS);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    of,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, model: string): void {
  const message = { role: "assistant", content: `An answer of ${model}.` };
  const usage = { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 };
  const body = {
    id: "a",
    object: "chat.completion",
    model,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function streamWords(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let words = 0;
  const say = (choice: object) => response.write(`data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`);
  const timer = setInterval(() => {
    if (words < STREAM_WORDS) say({ delta: { content: `w${words++} ` } });
    else {
      say({ delta: {}, finish_reason: "stop" });
      response.end("data: [DONE]\n\n");
      clearInterval(timer);
    }
  }, WORD_MS);
  response.on("close", () => clearInterval(timer));
}
