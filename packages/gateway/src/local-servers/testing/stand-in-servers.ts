import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A server on a free port; closed by `await using`. */
export interface StandIn extends AsyncDisposable {
  readonly port: number;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  /** The bodies of POST requests, parsed. */
  readonly bodies: readonly Record<string, unknown>[];
}

/** What a path answers: a status and a document, or a text. */
type Reply = readonly [status: number, body: object | string];
/** By method and path; what is not here answers `otherwise`. */
type Pages = Readonly<Record<string, Reply | ((response: ServerResponse, body: Record<string, unknown>) => void)>>;

/** Starts a server that answers as the real one is documented to. */
export async function standIn(pages: Pages, otherwise: Reply = [404, { error: "not found" }]): Promise<StandIn> {
  const asked: string[] = [];
  const bodies: Record<string, unknown>[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const received = await receivedText(request);
    if (received === undefined) return;
    const body = received === "" ? {} : (JSON.parse(received) as Record<string, unknown>);
    const what = `${request.method} ${request.url}`;
    asked.push(what);
    if (request.method === "POST") bodies.push(body);
    const page = pages[what] ?? otherwise;
    if (typeof page === "function") return page(response, body);
    const [status, document] = page;
    const isText = typeof document === "string";
    response.writeHead(status, { "content-type": isText ? "text/html" : "application/json" });
    response.end(isText ? document : JSON.stringify(document));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The whole body of a request; undefined where its sender went before its end, and so asked nothing. */
async function receivedText(request: IncomingMessage): Promise<string | undefined> {
  try {
    return await text(request);
  } catch (error) {
    if (request.complete) throw error;
    return undefined;
  }
}

/** A page that streams these documents as server-sent events, with `[DONE]` or, as Triton does, without. */
export function events(documents: readonly object[], done: boolean): Pages[string] {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    for (const document of documents) response.write(`data: ${JSON.stringify(document)}\n\n`);
    response.end(done ? "data: [DONE]\n\n" : "");
  };
}

const listed = (owner: string, ...models: readonly object[]) => ({
  object: "list",
  data: models.map((model) => ({ object: "model", created: 1, owned_by: owner, ...model })),
});
const chunk = (delta: object, finish: string | null = null) => ({
  id: "x",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const oneWord = events([chunk({ role: "assistant" }), chunk({ content: "Hi" }), chunk({}, "stop")], true);

/** The pages of each kind of server; `identify.ts` names the documents that they are taken from. */
export const PAGES = {
  ollama: {
    "GET /api/version": [200, { version: "0.12.3" }],
    "GET /api/tags": [200, { models: [{ name: "qwen2.5:0.5b" }, { name: "deepseek-r1:1.5b" }] }],
    "GET /api/ps": [200, { models: [{ name: "qwen2.5:0.5b", context_length: 4_096 }] }],
    "GET /v1/models": [200, listed("library", { id: "qwen2.5:0.5b" })],
    "POST /v1/chat/completions": oneWord,
  },
  idleOllama: {
    "GET /api/version": [200, { version: "0.12.3" }],
    "GET /api/tags": [200, { models: [{ name: "qwen2.5:0.5b" }, { name: "deepseek-r1:1.5b" }] }],
    "GET /api/ps": [200, { models: [] }],
    "GET /v1/models": [200, listed("library", { id: "qwen2.5:0.5b" })],
    "POST /v1/chat/completions": [500, { error: { message: "llama runner process no longer running" } }],
  },
  llamaCpp: {
    "GET /health": [200, { status: "ok" }],
    "GET /v1/models": [200, listed("llamacpp", { id: "qwen.gguf" })],
    "GET /props": [200, { default_generation_settings: { n_ctx: 8_192 }, build_info: "b8681" }],
  },
  vllm: {
    "GET /health": [200, ""],
    "GET /version": [200, { version: "0.11.0" }],
    "GET /v1/models": [200, listed("vllm", { id: "Qwen/Qwen3-8B", max_model_len: 32_768 })],
  },
  sglang: {
    "GET /health": [200, ""],
    "GET /v1/models": [200, listed("sglang", { id: "deepseek-ai/DeepSeek-V3", max_model_len: 131_072 })],
  },
  lmStudio: {
    "GET /v1/models": [200, listed("organization_owner", { id: "qwen3-4b" })],
    "GET /api/v0/models": [
      200,
      {
        object: "list",
        data: [
          { id: "nomic-embed", type: "embeddings", state: "not-loaded", max_context_length: 2_048 },
          { id: "gemma-3", type: "vlm", state: "not-loaded", max_context_length: 32_768 },
          { id: "qwen3-4b", type: "llm", state: "loaded", max_context_length: 32_768, loaded_context_length: 4_096 },
        ],
      },
    ],
  },
  trtllm: {
    "GET /health": [200, ""],
    "GET /version": [200, { version: "1.0.0" }],
    "GET /v1/models": [200, listed("tensorrt_llm", { id: "TinyLlama" })],
  },
  tritonOpenAi: { "GET /v1/models": [200, listed("Triton Inference Server", { id: "llama-3" })] },
  triton: {
    "GET /v2": [200, { name: "triton", version: "2.60.0", extensions: ["generate", "model_repository"] }],
    "GET /v2/health/ready": [200, ""],
    "POST /v2/repository/index": [
      200,
      [
        { name: "broken", version: "1", state: "UNAVAILABLE", reason: "no file" },
        { name: "qwen", version: "1", state: "READY" },
      ],
    ],
    "POST /v2/models/qwen/generate_stream": events([{ text_output: "Hi" }], false),
  },
} as const satisfies Readonly<Record<string, Pages>>;

/** llama.cpp while it loads: every path refuses. */
export const LOADING: Reply = [503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }];
