import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the stand-in behaves: it answers, it takes requests and says nothing, or it begins and does not go on. */
export type Mood = "answers" | "hangs" | "stalls";

/** A language model's service, for this example: it knows what the note means, and can hang. */
export interface ModelStandIn extends AsyncDisposable {
  /** What an OpenAI client would be given. */
  readonly baseUrl: string;
  mood: Mood;
  /** Requests so far. */
  readonly asked: number;
}

/** A verdict takes so long when all is well, in ms. */
const THINKS_MS = 40;

/** Starts the stand-in on a free port. */
export async function startModelStandIn(mood: Mood): Promise<ModelStandIn> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (standIn.mood === "hangs") return;
      const body = Buffer.concat(parts).toString();
      setTimeout(() => reply(response, body, standIn.mood), THINKS_MS);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const standIn = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    mood,
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return standIn;
}

function reply(response: ServerResponse, body: string, mood: Mood): void {
  const { stream, messages } = JSON.parse(body) as {
    readonly stream?: boolean;
    readonly messages: readonly { readonly content: string }[];
  };
  const content = /by chat|other address/.test(messages.at(-1)?.content ?? "") ? "decline" : "approve";
  const base = { id: "stand-in", created: 1, model: "judge" };
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
    if (mood === "stalls") response.writeHead(200, { "content-type": "application/json" }).write("{");
    else
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ ...base, object: "chat.completion", choices }));
    return;
  }
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  response.setHeader("content-type", "text/event-stream");
  response.write(chunk({ role: "assistant", content: mood === "stalls" ? content.slice(0, 3) : content }, null));
  if (mood !== "stalls") response.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
}
