import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A provider that answers each question with itself, and counts how often each was asked. */
export interface EchoUpstream extends AsyncDisposable {
  /** As an OpenAI client would be given it. */
  readonly baseUrl: string;
  /** How often each question came. */
  readonly asked: ReadonlyMap<string, number>;
  /** Requests that are being answered now. */
  inFlight(): number;
}

/** The answer to a question. */
export function answerTo(question: string): string {
  return `You asked: ${question}`;
}

/** Starts one on a free port. @param latencyMs how long an answer takes, from 0.5 to 1.5 times this */
export async function startEchoUpstream(latencyMs: number): Promise<EchoUpstream> {
  const asked = new Map<string, number>();
  let inFlight = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] };
      const question = messages[0]?.content ?? "";
      asked.set(question, (asked.get(question) ?? 0) + 1);
      inFlight++;
      const timer = setTimeout(() => answer(response, question), latencyMs * (0.5 + Math.random()));
      response.on("close", () => {
        clearTimeout(timer);
        inFlight--;
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    inFlight: () => inFlight,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, question: string): void {
  const message = { role: "assistant", content: answerTo(question) };
  const body = JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "echo",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
}
