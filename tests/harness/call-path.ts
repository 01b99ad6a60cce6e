import type { JsonObject } from "tideover/engine";

/** What came back from a path of a gateway or provider. */
export interface PathReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The document, or the data events of a stream without `[DONE]`. */
  readonly events: readonly JsonObject[];
  /** A stream was closed with `[DONE]`. */
  readonly done: boolean;
}

/** Sends a body to a path and reads everything that comes back. A text is sent as it is, an object as its JSON. */
export async function callPath(url: string, path: string, body: JsonObject | string): Promise<PathReply> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-test" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const { status, headers } = response;
  if (!headers.get("content-type")?.startsWith("text/event-stream")) {
    return { status, headers, text, events: [JSON.parse(text)], done: false };
  }
  const data = text.split("\n\n").flatMap((block) => (block.startsWith("data: ") ? [block.slice(6)] : []));
  const events: JsonObject[] = data.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item));
  return { status, headers, text, events, done: data.at(-1) === "[DONE]" };
}
