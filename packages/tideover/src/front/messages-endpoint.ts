import { isJsonObject, type JsonObject, promptTokens } from "../engine/index.ts";
import { chatRequestOf, MessagesStream, messageDocument, messagesError, parseJson } from "../wire/index.ts";
import type { SpokenGroup } from "./endpoint-groups.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { bytesOf, type HttpResponse, headerText, isWholeBody, textOfBody, type WholeResponse } from "./http.ts";
import { BridgedMessageBody, MessagesStreamBody } from "./messages-body.ts";
import { checkModel, parseObject } from "./parse-request.ts";
import { bodyTooLarge } from "./payload-too-large.ts";
import type { ReadRequest } from "./request-memory.ts";
import { admit, type Front, refuse, respondToCall, TRANSLATED, told } from "./respond-to-call.ts";

/** How much is told of an error that is no JSON (a page of HTML), in UTF-16 code units. */
const MOST_ERROR_TEXT = 2_000;

/** An image or a file within the request. */
const INLINED = /^data:[\w.+-]+\/[\w.+-]+;base64,/;
/** What Anthropic counts for the largest image, in tokens ("Vision", image costs): its bytes say nothing of its tokens. */
const MOST_IMAGE_TOKENS = 1_600;

/** Anthropic's endpoints: calls, and an estimate of what one would cost. */
export const messagesEndpoints: SpokenGroup<"messages" | "token-count"> = {
  respond: (front, exchange, endpoint) =>
    endpoint.kind === "token-count"
      ? countTokens(front, exchange)
      : respondToCall({ ...front, read: readMessagesRequest }, exchange, TRANSLATED),
  speak: messagesResponse,
};

function countTokens(front: Front, exchange: Exchange): WholeResponse {
  const caller = admit(front, exchange);
  if (isCallerError(caller)) return refuse(exchange, caller);
  const { bodyBytes, jsonDepth } = front.settings.limits;
  const { body } = exchange.request;
  const counted = body.length > bodyBytes ? bodyTooLarge(bodyBytes) : tokenCount(body, jsonDepth);
  return isCallerError(counted) ? refuse(exchange, counted) : told(exchange, 200, counted);
}

/**
 * Reads the body of a Messages request as the chat request that it stands for: from there on the engine, its caches and
 * its tickets know chat alone.
 */
const readMessagesRequest: ReadRequest = (bytes, { maxDepth }) => {
  const parsed = parseObject(bytes, maxDepth);
  if ("error" in parsed) return parsed.error;
  const { object } = parsed;
  const { stream } = object;
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    return callerError("invalid_request", "The field `stream` must be true or false.", { param: "stream" });
  }
  const translated = checkModel(object) ?? chatRequestOf(object);
  if (isCallerError(translated)) return translated;
  if (translated.type === "request-flaw") {
    return callerError("invalid_request", translated.message, { param: translated.param });
  }
  const { body } = translated;
  return {
    operation: "chat",
    model: object.model as string,
    body,
    bytes: bytesOf(JSON.stringify(body)),
    stream: stream === true,
    includeUsage: stream === true,
    translated: true,
  };
};

/** A rough size of a Messages request's prompt (`count_tokens`), and the mark that it is an estimate. */
function tokenCount(bytes: Uint8Array, maxDepth: number): JsonObject | CallerError {
  const request = readMessagesRequest(bytes, { operation: "chat", beta: false, maxDepth });
  if (isCallerError(request)) return request;
  let inlined = 0;
  const text = JSON.stringify(request.body, (_, value: unknown) => {
    if (typeof value !== "string" || !INLINED.test(value)) return value;
    inlined++;
    return "";
  });
  const tokens = promptTokens({ ...request, bytes: bytesOf(text) }) + inlined * MOST_IMAGE_TOKENS;
  return { input_tokens: tokens, tideover: { estimated: true } };
}

/**
 * A response of the chat endpoint, or an error, in the form of the Messages API. A ticket (202) stays what it is: a job
 * has one form, whoever asked.
 */
function messagesResponse(exchange: Exchange, response: HttpResponse): HttpResponse {
  const { status, body } = response;
  const headers = { ...response.headers, "request-id": headerText(exchange.id) };
  const id = messageId(exchange);
  if (!isWholeBody(body)) {
    const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
    const translated = isStream
      ? new MessagesStreamBody(body, new MessagesStream(id), exchange.id)
      : new BridgedMessageBody(body, (text) => documentText(exchange, text));
    return { status, headers, body: translated };
  }
  const isAnswer = exchange.call !== undefined && status === 200;
  // A caller that is gone gets no body.
  if (body.length === 0 || !(isAnswer || status >= 400)) return { status, headers, body };
  const text = textOfBody(body);
  const told = isAnswer ? documentText(exchange, text) : errorText(exchange, status, text);
  return { status, headers: { ...headers, "content-type": "application/json" }, body: told };
}

function messageId({ id }: Exchange): string {
  return `msg_${id}`;
}

/** A document that went out as 200, which may tell of a failure once the head is out. */
function documentText(exchange: Exchange, text: string): string {
  const json = parseJson(text);
  if (!isJsonObject(json) || isJsonObject(json.error)) return errorText(exchange, 502, text);
  return json.object === "job" ? text : JSON.stringify(messageDocument(json, messageId(exchange)));
}

function errorText(exchange: Exchange, status: number, text: string): string {
  const json = parseJson(text);
  const members: JsonObject = isJsonObject(json) ? json : {};
  const error = isJsonObject(members.error) ? members.error : { message: text.slice(0, MOST_ERROR_TEXT) };
  return JSON.stringify(messagesError(status, error, exchange.id, members.tideover));
}
