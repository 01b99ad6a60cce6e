import { refusalResponse } from "./error-response.ts";
import type { Handler, HttpBody, HttpRequest, HttpResponse } from "./http.ts";
import { payloadTooLarge } from "./payload-too-large.ts";
import { MOST_BODY_BYTES } from "./settings.ts";

/** Settings of {@link toFetch}. */
export interface FetchOptions {
  /** Largest request body that is read, in bytes. Default {@link MOST_BODY_BYTES}. */
  readonly maxBodyBytes?: number | undefined;
}

/**
 * The handler as a fetch handler, for edge runtimes, Deno and Bun. The call is cancelled when the request's signal
 * aborts or when the response's stream is cancelled.
 * @returns a function that rejects only when the request's own body cannot be read.
 */
export function toFetch(handler: Handler, options: FetchOptions = {}): (request: Request) => Promise<Response> {
  const maxBodyBytes = options.maxBodyBytes ?? MOST_BODY_BYTES;
  return async (request) => {
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined)
      return toResponse(refusalResponse(payloadTooLarge(maxBodyBytes), crypto.randomUUID()), request);
    return toResponse(await handler(toHttpRequest(request, body)), request);
  };
}

function toHttpRequest(request: Request, body: Uint8Array): HttpRequest {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname + url.search,
    // Runtimes take the Host header apart into the URL; some do not show it among the headers.
    header: (name) => request.headers.get(name) ?? (name === "host" ? url.host : undefined),
    body,
    signal: request.signal,
  };
}

/** The whole body, or undefined as soon as it is over the limit; the rest is then not read. */
async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    await request.body.cancel();
    return undefined;
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early cancels the body.
  for await (const part of request.body) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toResponse({ status, headers, body }: HttpResponse, request: Request): Response {
  if (typeof body === "string") {
    const bare = request.method === "HEAD" || body === "";
    return new Response(bare ? null : body, { status, headers });
  }
  if (body instanceof Uint8Array) {
    const bare = request.method === "HEAD" || body.length === 0;
    return new Response(bare ? null : body.slice(), { status, headers });
  }
  return new Response(toStream(body, request.signal), { status, headers });
}

function toStream(body: HttpBody, signal: AbortSignal): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await body.read();
        if (bytes !== undefined) controller.enqueue(bytes);
        // What the caller gave up is not whole; an end in good order would say that it is.
        else if (signal.aborted) controller.error(signal.reason);
        else controller.close();
      },
      cancel() {
        body.cancel();
      },
    },
    // Nothing is read ahead: a reader that does not read is a slow client, and must look like one.
    { highWaterMark: 0 },
  );
}
