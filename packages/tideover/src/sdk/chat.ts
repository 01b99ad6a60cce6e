import { isJsonObject, type JsonObject } from "../engine/index.ts";
import { bytesOf, type Handler, type HttpBody, type HttpResponse, isWholeBody, textOfBody } from "../front/http.ts";
import { parseJson, SseParser } from "../wire/index.ts";
import { TideoverError } from "./tideover-error.ts";

/** A chat completion request; `model` may be left out where the routes offer one by name, or one takes any. */
export type ChatRequest = JsonObject & { readonly messages: readonly JsonObject[] };

/** What goes with a request beside its body. */
export interface ChatOptions {
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
  /** As the gateway's headers: `{ "Tideover-Deadline": "2s" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The chunks of an answer as they come; the last one carries `tideover`, the account of how it came about.
 * Leaving the loop early cancels the request.
 * @throws TideoverError when there is no answer, or when it broke off; the signal's reason when that gave it up
 */
export async function* chatEvents(
  handler: Handler,
  request: ChatRequest,
  { signal, headers = {} }: ChatOptions,
): AsyncGenerator<JsonObject, void, undefined> {
  signal?.throwIfAborted();
  const said = new Headers(headers);
  const response = await handler({
    method: "POST",
    path: "/v1/chat/completions",
    header: (name) => (name === "content-type" ? "application/json" : (said.get(name) ?? undefined)),
    body: bytesOf(JSON.stringify({ ...request, stream: true })),
    signal: signal ?? new AbortController().signal,
  });
  const body = streamOf(response, signal);
  try {
    yield* events(body, response.status, signal);
  } finally {
    body.cancel();
  }
}

function streamOf({ status, body }: HttpResponse, signal: AbortSignal | undefined): HttpBody {
  if (!isWholeBody(body)) return body;
  signal?.throwIfAborted();
  throw errorFrom(parseJson(textOfBody(body)), status);
}

async function* events(
  body: HttpBody,
  status: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<JsonObject, void, undefined> {
  const parser = new SseParser();
  for (;;) {
    const bytes = await body.read();
    if (bytes === undefined) {
      // What ended before its `[DONE]` is not whole, whoever ended it.
      signal?.throwIfAborted();
      throw new TideoverError("The answer ended before it was whole.", status, "stream_interrupted", {});
    }
    for (const { data } of parser.push(bytes)) {
      if (data === "[DONE]") return;
      const event: unknown = JSON.parse(data);
      if (!isJsonObject(event)) continue;
      if (event.error !== undefined) throw errorFrom(event, status);
      yield event;
    }
  }
}

function errorFrom(answer: unknown, status: number): TideoverError {
  const error = isJsonObject(answer) && isJsonObject(answer.error) ? answer.error : {};
  const message = typeof error.message === "string" ? error.message : `The request failed with status ${status}.`;
  const ownStatus = typeof error.status === "number" ? error.status : status;
  return new TideoverError(message, ownStatus, typeof error.code === "string" ? error.code : undefined, error);
}
