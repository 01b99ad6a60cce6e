import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./http.ts";
import { identityHeaders } from "./response-headers.ts";

/** Headers of server-sent events that no cache keeps and no proxy holds back. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx would otherwise collect the stream before it passes it on.
  "x-accel-buffering": "no",
};

/** A response of server-sent events that no cache keeps and no proxy holds back. */
export function eventStreamResponse(
  exchange: Exchange,
  headers: Readonly<Record<string, string>>,
  body: HttpResponse["body"],
): HttpResponse {
  return {
    status: 200,
    headers: { ...EVENT_STREAM_HEADERS, ...identityHeaders(exchange.id), ...headers },
    body,
  };
}
