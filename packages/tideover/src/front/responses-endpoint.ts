import { isJsonObject, type JsonObject } from "../engine/index.ts";
import { encodeEvent, parseJson, ResponsesStream, responseDocument, responseStateOf } from "../wire/index.ts";
import { type AskedResponse, readResponsesRequest, termsOfResponse } from "./asked-response.ts";
import type { EndpointGroup } from "./endpoint-groups.ts";
import { jsonResponse } from "./error-response.ts";
import { isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { type HttpResponse, isWholeBody, textOfBody } from "./http.ts";
import { BridgedMessageBody } from "./messages-body.ts";
import { bodyTooLarge } from "./payload-too-large.ts";
import { admit, type Front, refuse, respondToRouted, routeCall, TRANSLATED } from "./respond-to-call.ts";
import { respondToKeptResponse } from "./response-endpoints.ts";
import { followedJob } from "./response-events.ts";
import { keepResponse } from "./response-keeping.ts";
import { ResponsesStreamBody } from "./responses-body.ts";

const decoder = new TextDecoder();

/** OpenAI's Responses API: calls, and the responses that are kept. */
export const responsesEndpoints: EndpointGroup<"responses" | "response"> = {
  respond(front, exchange, endpoint) {
    const caller = admit(front, exchange, endpoint.kind === "response");
    if (isCallerError(caller)) return refuse(exchange, caller);
    return endpoint.kind === "response"
      ? respondToKeptResponse(exchange, endpoint, caller.tenant)
      : respondToResponses(front, exchange, caller.tenant);
  },
};

/** A Responses request is a chat request by the time that it is routed; what more it says is in the call. */
async function respondToResponses(front: Front, exchange: Exchange, tenant: string): Promise<HttpResponse> {
  const { bodyBytes } = front.settings.limits;
  if (exchange.request.body.length > bodyBytes) return refuse(exchange, bodyTooLarge(bodyBytes));
  const asked = await readResponsesRequest(exchange, tenant);
  if (isCallerError(asked)) return refuse(exchange, asked);
  const routed = routeCall({ ...front, read: () => asked.call }, exchange, TRANSLATED);
  if (isCallerError(routed)) return refuse(exchange, routed);
  const terms = termsOfResponse(asked, routed.givesTickets);
  if (isCallerError(terms)) return refuse(exchange, terms);
  const response = await respondToRouted(exchange, { ...routed, call: { ...routed.call, ...terms } });
  return responsesResponse(exchange, asked, response);
}

/**
 * A response of the chat endpoint in the form of the Responses API. An error stays as it is: its envelope is OpenAI's.
 * What is to be stored is kept before the caller hears that the answer is whole, so that the next request finds it.
 */
async function responsesResponse(
  exchange: Exchange,
  asked: AskedResponse,
  response: HttpResponse,
): Promise<HttpResponse> {
  const { status, body } = response;
  if (status >= 400) return response;
  if (!isWholeBody(body)) {
    const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
    return {
      ...response,
      body: isStream
        ? new ResponsesStreamBody(body, exchange, asked)
        : new BridgedMessageBody(body, (text) => documentText(exchange, asked, text)),
    };
  }
  if (status === 202) return accepted(exchange, asked, response, textOfBody(body));
  return { ...response, body: await documentText(exchange, asked, textOfBody(body)) };
}

/** The document of a response that was accepted as a job, or the events that tell of it. */
async function accepted(
  exchange: Exchange,
  asked: AskedResponse,
  response: HttpResponse,
  text: string,
): Promise<HttpResponse> {
  const id = jobIdIn(parseJson(text)) ?? asked.head.id;
  const headers = { ...response.headers, location: `/v1/responses/${encodeURIComponent(id)}` };
  // The API knows one answer to a request in the background; whoever did not ask for that is told by the status.
  const status = asked.background ? 200 : 202;
  if (!asked.stream) {
    const document = responseDocument({ ...asked.head, id }, { status: "queued" });
    return jsonResponse(status, JSON.stringify(document), headers);
  }
  const events = { ...headers, "content-type": "text/event-stream; charset=utf-8" };
  if (asked.background) {
    const body = await followedJob(exchange, id, asked.head.request, { startingAfter: -1 });
    if (body !== undefined) return { status, headers: events, body };
  }
  const told = new ResponsesStream({ ...asked.head, id }).queued();
  return { status, headers: events, body: told.map(textOfEvent).join("") };
}

/** The identifier of the job that a document shows. */
export function jobIdIn(document: unknown): string | undefined {
  return isJsonObject(document) && document.object === "job" && typeof document.id === "string"
    ? document.id
    : undefined;
}

/** A document that went out as 200, which may tell of a failure or of a ticket once the head is out. */
async function documentText(exchange: Exchange, asked: AskedResponse, text: string): Promise<string> {
  const answer = parseJson(text);
  const id = jobIdIn(answer);
  if (id !== undefined) return JSON.stringify(responseDocument({ ...asked.head, id }, { status: "queued" }));
  if (!isJsonObject(answer) || isJsonObject(answer.error)) return text;
  const head = await keepResponse(exchange, asked, answer);
  const state = responseStateOf(answer, head.id);
  return JSON.stringify(responseDocument(head, { ...state, endedAt: exchange.clock.wallTime() }));
}

function textOfEvent(event: JsonObject): string {
  return decoder.decode(encodeEvent({ event: String(event.type), data: JSON.stringify(event) }));
}
