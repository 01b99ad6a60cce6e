import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./http.ts";
import { identityHeaders } from "./response-headers.ts";

/** A response of server-sent events that no cache keeps and no proxy holds back. */
export function eventStreamResponse(
  exchange: Exchange,
  headers: Readonly<Record<string, string>>,
  body: HttpResponse["body"],
): HttpResponse {
  return {
    status: 200,
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      ...identityHeaders(exchange.id),
      ...headers,
    },
    body,
  };
}
