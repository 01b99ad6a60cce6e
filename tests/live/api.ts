import type { JsonObject } from "tideover/engine";

/** Longest wait for one answer, in ms: a busy hour's, since that is when this may be run. */
const WAIT_MS = 180_000;

/** What came back. */
export interface LiveReply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** DeepSeek's API, or whatever stands in its place. */
export interface LiveApi {
  readonly model: string;
  get(path: string): Promise<LiveReply>;
  post(path: string, body: JsonObject): Promise<LiveReply>;
  /** Takes the key out of a text that people will see. */
  hideKey(text: string): string;
}

/** The API at an address. The key goes into requests and nowhere else. */
export function liveApi(baseUrl: string, key: string, model: string): LiveApi {
  const send = async (method: string, path: string, body?: JsonObject): Promise<LiveReply> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    return { status: response.status, header: (name) => response.headers.get(name), text: await response.text() };
  };
  return {
    model,
    get: (path) => send("GET", path),
    post: (path, body) => send("POST", path, body),
    // A refusal shows the end of the key it was sent behind asterisks.
    hideKey: (text) => text.replaceAll(key, "sk-…").replace(/\*{2,}\w+/g, "****"),
  };
}

/** A body as JSON. @throws Error that shows the beginning of what it was instead. */
export function jsonOf({ status, text }: LiveReply): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    throw new Error(`${status} with a body that is no JSON: ${text.slice(0, 120)}`, { cause: error });
  }
}

/** The answer's message, or what came in its place. */
export function messageOf(reply: LiveReply): JsonObject {
  const json = jsonOf(reply);
  const choice = (json.choices as readonly { message?: JsonObject }[] | undefined)?.[0];
  if (reply.status !== 200 || choice?.message === undefined) {
    throw new Error(`${reply.status}: ${reply.text.slice(0, 200)}`);
  }
  return choice.message;
}

/** A stream's data events as JSON, and whether `[DONE]` ended it. */
export function eventsOf({ status, text }: LiveReply): {
  readonly events: readonly JsonObject[];
  readonly done: boolean;
} {
  if (status !== 200) throw new Error(`${status}: ${text.slice(0, 200)}`);
  const data = text.split(/\r?\n/).flatMap((line) => (line.startsWith("data:") ? [line.slice(5).trim()] : []));
  const events = data.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item) as JsonObject);
  return { events, done: data.at(-1) === "[DONE]" };
}
