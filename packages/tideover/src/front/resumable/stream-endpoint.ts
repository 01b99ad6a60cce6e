import { jsonResponse, refusalResponse } from "../error-response.ts";
import { type CallerError, callerError, isCallerError } from "../errors.ts";
import { eventStreamResponse } from "../event-stream-response.ts";
import type { Exchange } from "../exchange.ts";
import type { HttpResponse } from "../http.ts";
import { quoted } from "../parse-headers.ts";
import { identityHeaders } from "../response-headers.ts";
import { signatureState } from "../ticket-links.ts";
import type { ResumableStreams } from "./resumable-streams.ts";

/** Everyone may read what carries a valid signature, from any page. */
const ANY_ORIGIN = { "access-control-allow-origin": "*" };

/** Who calls, or why nobody is let in. */
export type Admit = () => { readonly tenant: string; readonly keyName?: string | undefined } | CallerError;

/**
 * `GET /v1/streams/{id}`: a stream from behind the frame of `Last-Event-ID` (or `starting_after`) to its end; `DELETE`
 * ends it.
 * @param admit who calls, asked where the request carries no signed link
 */
export function respondToStream(exchange: Exchange, id: string, streams: ResumableStreams, admit: Admit): HttpResponse {
  const { request } = exchange;
  const query = queryOf(request.path);
  const link = linkState(exchange, id, query, streams);
  if (link !== undefined && link !== "valid") return refuse(exchange, link);
  const caller = link === "valid" ? undefined : admit();
  if (caller !== undefined && isCallerError(caller)) return refuse(exchange, caller);
  exchange.tenant = caller?.tenant;
  exchange.keyName = caller?.keyName;
  const headers = link === "valid" ? ANY_ORIGIN : {};
  const refused = (error: CallerError) => refuse(exchange, { ...error, headers });
  const log = streams.find(id, caller?.tenant, link === "valid");
  if (log === undefined) return refused(unknownStream(id));
  if (request.method === "DELETE") {
    streams.cancel(id);
    exchange.end({ result: "answered", status: 200 });
    const body = JSON.stringify({ id, object: "stream", deleted: true });
    return jsonResponse(200, body, { ...identityHeaders(exchange.id), ...headers });
  }
  const seenId = seenIn(request.header("last-event-id") ?? query.get("starting_after") ?? "0", log.lastId);
  if (typeof seenId !== "number") return refused(seenId);
  if (!log.reachesBackTo(seenId)) return refused(goneAlready(seenId));
  // 204 is how a server tells an EventSource to come back no more.
  if (log.ended && seenId === log.lastId) {
    exchange.end({ result: "answered", status: 204 });
    return { status: 204, headers: { ...identityHeaders(exchange.id), ...headers }, body: new Uint8Array() };
  }
  const body = streams.follow(id, seenId, exchange);
  if (body === undefined) return refused(tooManyReaders());
  return eventStreamResponse(exchange, headers, body);
}

function linkState(
  { clock }: Exchange,
  id: string,
  query: URLSearchParams,
  { sign }: ResumableStreams,
): "valid" | CallerError | undefined {
  if (sign === undefined) return undefined;
  const state = signatureState(id, query, sign, clock.wallTime(), "stream");
  if (state === undefined || state === "valid") return state;
  const why = state === "expired" ? "This link has expired." : "This link's signature is not right.";
  return callerError("unauthorized", `${why} Ask for the stream with a key.`, { headers: ANY_ORIGIN });
}

/** The number of the last frame that was seen. */
function seenIn(text: string, lastId: number): number | CallerError {
  const seenId = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (seenId <= lastId) return seenId;
  const message = `The last event seen is given as ${quoted(text)}; it must be the \`id\` of an event of this stream, which go from 1 to ${lastId} now, or 0 for all of it.`;
  return callerError("invalid_request", message, { param: "Last-Event-ID" });
}

/** The error for a stream that is not there, or not this caller's: both look the same. */
function unknownStream(id: string): CallerError {
  const message = `There is no stream ${quoted(id)}: it is kept for a minute after its end or after its last reader left, by the process that made it.`;
  return callerError("unknown_stream", message);
}

function goneAlready(seenId: number): CallerError {
  const message = `What came after event ${seenId} is kept no more: the answer is longer than what is kept of it. Ask again.`;
  return callerError("unknown_stream", message, { status: 410 });
}

function tooManyReaders(): CallerError {
  return callerError("load_shed", "This stream has as many readers as it may have.", { retryAfterMs: 5_000 });
}

/** The query of a path as it was sent. */
function queryOf(path: string): URLSearchParams {
  const at = path.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : path.slice(at + 1));
}

function refuse(exchange: Exchange, error: CallerError): HttpResponse {
  exchange.end({ result: "refused", status: error.status, code: error.code });
  return refusalResponse(error, exchange.id);
}
