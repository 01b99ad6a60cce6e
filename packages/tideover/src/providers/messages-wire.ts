import {
  type Failure,
  failure,
  isJsonObject,
  type Operation,
  type Transport,
  type TransportResponse,
} from "../engine/index.ts";
import { ChatDocumentSource, ChatStreamSource, messagesRequestOf, parseJson } from "../wire/index.ts";
import type { PreparedRequest } from "./prepare.ts";
import { type Account, modelFacts, type ProviderDefinition } from "./provider.ts";
import type { Speak } from "./wires.ts";

/** The version of the Messages API that is spoken; there has been no other since 2023-06-01. */
const MESSAGES_VERSION = "2023-06-01";

/** Says a request to a provider that speaks Anthropic's Messages API. */
export const speakMessages: Speak = (chat, { request }, { definition, account, transport, clock }) => {
  const prepared = asMessages(chat, request.operation, definition, account);
  if (prepared.type === "failure") return prepared;
  return { type: "spoken", prepared, sender: answeringInChat(transport, () => clock.wallTime()) };
};

/**
 * The same request for a provider that speaks Anthropic's Messages API: another path and body, and the key where that API
 * looks for it.
 * @returns a Failure of kind `incompatible` where it asks for what Messages cannot express
 */
function asMessages(
  prepared: PreparedRequest,
  operation: Operation,
  definition: ProviderDefinition,
  account: Account,
): PreparedRequest | Failure {
  if (operation !== "chat") return refused(definition, "operation-not-offered", `Messages do not offer ${operation}.`);
  const body = parseJson(new TextDecoder().decode(prepared.body));
  if (!isJsonObject(body)) return refused(definition, "not-json", "The request is no JSON object.");
  const request = messagesRequestOf(body, modelFacts(definition, prepared.model)?.maxOutputTokens);
  if (request.type === "request-flaw") return refused(definition, "not-in-messages", request.message);
  const { authorization: _bearer, ...headers } = prepared.headers;
  return {
    ...prepared,
    url: `${definition.baseUrl}/messages`,
    headers: {
      ...headers,
      ...(account.apiKey === undefined ? {} : { "x-api-key": account.apiKey }),
      "anthropic-version": MESSAGES_VERSION,
    },
    body: new TextEncoder().encode(JSON.stringify(request.body)),
    // What the service refuses may be our translation's fault, so that another provider is asked.
    changed: true,
  };
}

/** A transport whose good answers, Messages streams and documents, are those of chat. */
function answeringInChat(transport: Transport, wallTimeMs: () => number): Transport {
  return {
    async send(request, signal) {
      const response = await transport.send(request, signal);
      if (response.type === "failure" || response.status < 200 || response.status > 299) return response;
      return inChat(response, Math.floor(wallTimeMs() / 1_000));
    },
  };
}

function inChat(response: TransportResponse, created: number): TransportResponse {
  const contentType = response.header("content-type")?.toLowerCase() ?? "";
  // A page for people is told apart by whoever reads the answer.
  if (contentType.startsWith("text/html")) return response;
  const { body } = response;
  const translated = contentType.startsWith("text/event-stream")
    ? new ChatStreamSource(body, created)
    : new ChatDocumentSource(body, created);
  return { type: "response", status: response.status, header: (name) => response.header(name), body: translated };
}

function refused({ name }: ProviderDefinition, reason: string, message: string): Failure {
  return failure("incompatible", reason, message, { provider: name });
}
