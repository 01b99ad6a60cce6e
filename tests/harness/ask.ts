import type { JsonObject } from "tideover/engine";

/** What came back for an unstreamed request. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly ms: number;
}

/** What came back for a streamed request. */
export interface StreamedReply {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON of every data event, in order. */
  readonly events: readonly JsonObject[];
  readonly done: boolean;
  readonly content: string;
  readonly ms: number;
}

/** A chat request that the simulated provider answers in about sixty tokens. */
export function chat(model: string, more: JsonObject = {}): JsonObject {
  return { model, messages: [{ role: "user", content: "Describe the reading lamp 灯 in two sentences." }], ...more };
}

/** Sends a request and reads the whole answer. */
export async function ask(url: string, body: JsonObject, headers: Record<string, string> = {}): Promise<Reply> {
  const startedAt = performance.now();
  const response = await post(url, body, headers);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text),
    ms: performance.now() - startedAt,
  };
}

/** Sends a streamed request and reads it to its end. */
export async function askStreamed(
  url: string,
  body: JsonObject,
  headers: Record<string, string> = {},
): Promise<StreamedReply> {
  const startedAt = performance.now();
  const response = await post(url, { ...body, stream: true }, headers);
  const text = await response.text();
  const ms = performance.now() - startedAt;
  const { status } = response;
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status, headers: response.headers, events: [JSON.parse(text)], done: false, content: "", ms };
  }
  const data = text.split("\n\n").flatMap((block) => (block.startsWith("data: ") ? [block.slice(6)] : []));
  const events: JsonObject[] = data.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item));
  const content = events.map((event) => contentOf(event)).join("");
  return { status, headers: response.headers, events, done: data.at(-1) === "[DONE]", content, ms };
}

/** Text of the first choice: of a whole answer or of one chunk. */
export function contentOf(json: JsonObject): string {
  const choices = json.choices as
    | readonly { message?: { content?: string }; delta?: { content?: string } }[]
    | undefined;
  return choices?.[0]?.message?.content ?? choices?.[0]?.delta?.content ?? "";
}

/** The error object of an answer or event. */
export function errorOf(json: JsonObject | undefined): {
  code?: string;
  message?: string;
  rungs?: readonly JsonObject[];
} {
  return (json?.error ?? {}) as ReturnType<typeof errorOf>;
}

function post(url: string, body: JsonObject, headers: Record<string, string>): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}
