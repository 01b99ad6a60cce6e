import type { Exchange } from "./exchange.ts";
import type { WholeResponse } from "./http.ts";
import { identityHeaders } from "./response-headers.ts";
import { routeRequest } from "./route-request.ts";

/** How long a browser may remember the answer, in seconds: a day, which Firefox takes as it is and Chromium cuts to 2 h. */
const REMEMBERED_S = 86_400;

/**
 * The answer to a browser that asks whether a page of another origin may read what every page may: the status, and what
 * carries a signed link. It asks before a request with headers of its own, as tracing and SSE clients over `fetch` send.
 * @returns undefined for all else, which no foreign page may ask for
 */
export function preflightResponse(exchange: Exchange): WholeResponse | undefined {
  const { method, path } = exchange.request;
  if (method !== "OPTIONS" || !isForEveryPage(path)) return undefined;
  exchange.end({ result: "answered", status: 204 });
  const headers = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    // The star leaves out Authorization: what needs a key is for no foreign page.
    "access-control-allow-headers": "*",
    "access-control-max-age": `${REMEMBERED_S}`,
  };
  return { status: 204, headers: { ...identityHeaders(exchange.id), ...headers }, body: new Uint8Array() };
}

function isForEveryPage(path: string): boolean {
  const endpoint = routeRequest("GET", path);
  if (!("kind" in endpoint)) return false;
  if (endpoint.kind === "status") return true;
  return (endpoint.kind === "job" || endpoint.kind === "stream") && /[?&]signature=/.test(path);
}
