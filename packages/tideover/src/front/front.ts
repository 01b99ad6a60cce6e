import { type Failure, failure, newTrace } from "../engine/index.ts";
import { type Authenticator, authenticateAnonymous, authenticateByKey } from "./authenticate.ts";
import { failureResponse } from "./error-response.ts";
import { type CallerError, isCallerError } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import type { FrontOptions } from "./front-options.ts";
import { HEALTH, readinessResponse } from "./health.ts";
import type { Handler, HttpResponse } from "./http.ts";
import { modelList, oneModel } from "./models.ts";
import { noBatchesHere, noJobsHere, noStatusHere, noStreamsHere } from "./not-kept-here.ts";
import { parseRequest } from "./parse-request.ts";
import { bodyTooLarge } from "./payload-too-large.ts";
import { preflightResponse } from "./preflight.ts";
import { rememberingRequests } from "./request-memory.ts";
import { admit, type Front, refuse, respondToCall, told } from "./respond-to-call.ts";
import { type Endpoint, routeRequest, speaksMessages } from "./route-request.ts";
import { internalFailure } from "./running-call.ts";
import { DEFAULT_SETTINGS, type FrontSettings } from "./settings.ts";

/**
 * Makes the HTTP surface: OpenAI's, Anthropic's and DeepSeek's paths, checks, and answers in both forms.
 * @throws TypeError for keys that cannot be used (empty, malformed, hashed without a hash function), and for keys
 *   together with `passthroughKeys`.
 */
export function createHandler(options: FrontOptions): Handler {
  const settings: FrontSettings = { ...DEFAULT_SETTINGS, ...options.settings };
  const { hash, requestsRepeat } = options;
  const read = requestsRepeat === true && hash !== undefined ? rememberingRequests(hash) : parseRequest;
  const front: Front = { options, settings, read, authenticate: authenticator(options, settings) };
  const surroundings = { clock: options.clock, settings, jobs: options.jobs, onExchange: options.onExchange };
  return (request) => {
    const held = request.largerThan === undefined ? options.streams?.hold(request) : undefined;
    const exchange = new Exchange(held?.request ?? request, options.ids.next(), newTrace(), surroundings);
    const keep = (spoken: HttpResponse) => held?.keep(spoken, exchange) ?? spoken;
    const response = respondGuarded(front, exchange);
    // What is there at once waits for nothing: every wait is a turn of the queue, and most hits of the cache take none.
    return response instanceof Promise ? response.then(keep) : Promise.resolve(keep(response));
  };
}

/** Answers a request in the form that its path speaks; below Anthropic's paths errors, too, are told in Anthropic's. */
function respondGuarded(front: Front, exchange: Exchange): Promise<HttpResponse> | HttpResponse {
  if (!speaksMessages(exchange.request.path)) return guarded(exchange, () => respond(front, exchange));
  return withGroup(exchange, front.options.endpoints.messages(), (messages) => {
    const response = guarded(exchange, () => respond(front, exchange));
    const speak = (unspoken: HttpResponse) => messages.speak(exchange, unspoken);
    return response instanceof Promise ? response.then(speak) : speak(response);
  });
}

/** Uses a group of endpoints: at once where it is there, or when it was loaded. */
function withGroup<Group>(
  exchange: Exchange,
  group: Group | Promise<Group>,
  use: (group: Group) => Promise<HttpResponse> | HttpResponse,
): Promise<HttpResponse> | HttpResponse {
  if (!(group instanceof Promise)) return use(group);
  return group.then(use, (error: unknown) => {
    exchange.noteThrown(error);
    return failureResponse(exchange, notLoaded(), { struck: "nothing" });
  });
}

function notLoaded(): Failure {
  const message = "The part of Tideover that answers here could not be loaded; the next request tries again.";
  return failure("fault", "not-loaded", message);
}

/** What is thrown where nothing may be thrown is told in the record, and not to the caller. */
function guarded(
  exchange: Exchange,
  respond: () => Promise<HttpResponse> | HttpResponse,
): Promise<HttpResponse> | HttpResponse {
  const failed = (error: unknown) => {
    exchange.noteThrown(error);
    return failureResponse(exchange, internalFailure(), { struck: "nothing" });
  };
  try {
    const response = respond();
    return response instanceof Promise ? response.catch(failed) : response;
  } catch (error) {
    return failed(error);
  }
}

function authenticator({ keys, hash }: FrontOptions, { passthroughKeys }: FrontSettings): Authenticator {
  if (keys.length === 0) return authenticateAnonymous(passthroughKeys, hash);
  if (passthroughKeys)
    throw new TypeError("passthroughKeys and keys exclude each other: a caller can send only one key.");
  return authenticateByKey(keys, hash);
}

function respond(front: Front, exchange: Exchange): Promise<HttpResponse> | HttpResponse {
  const { request } = exchange;
  const preflight = preflightResponse(exchange);
  if (preflight !== undefined) return preflight;
  const endpoint = routeRequest(request.method, request.path);
  if (!isCallerError(endpoint)) exchange.endpoint = endpoint.kind === "model" ? "/v1/models/{id}" : endpoint.name;
  if (request.largerThan !== undefined) return refuse(exchange, bodyTooLarge(request.largerThan));
  return isCallerError(endpoint) ? refuse(exchange, endpoint) : respondAt(front, exchange, endpoint);
}

function respondAt(front: Front, exchange: Exchange, endpoint: Endpoint): Promise<HttpResponse> | HttpResponse {
  const { endpoints, streams, ready } = front.options;
  switch (endpoint.kind) {
    case "call":
      return respondToCall(front, exchange, endpoint);
    case "messages":
    case "token-count":
      return withGroup(exchange, endpoints.messages(), (group) => group.respond(front, exchange, endpoint));
    case "responses":
    case "response":
      return withGroup(exchange, endpoints.responses(), (group) => group.respond(front, exchange, endpoint));
    case "job":
    case "jobs":
      return endpoints.jobs?.respond(front, exchange, endpoint) ?? refuseKnown(front, exchange, noJobsHere());
    case "batch":
      return endpoints.batches?.respond(front, exchange, endpoint) ?? refuseKnown(front, exchange, noBatchesHere());
    case "status":
      return endpoints.status?.respond(front, exchange, endpoint) ?? refuse(exchange, noStatusHere());
    case "stream":
      if (streams === undefined) return refuse(exchange, noStreamsHere());
      return streams.respond(exchange, endpoint.id, () => admit(front, exchange, true));
    // Probes come by address and without keys, and are told nothing that is secret.
    case "health":
      return told(exchange, 200, HEALTH);
    case "readiness": {
      const { status, body } = readinessResponse(ready());
      return told(exchange, status, body);
    }
    case "models":
    case "model":
      return respondToModels(front, exchange, endpoint);
  }
}

/** Refuses a caller who is let in: others hear that they are not. */
function refuseKnown(front: Front, exchange: Exchange, error: CallerError): HttpResponse {
  const caller = admit(front, exchange, true);
  return refuse(exchange, isCallerError(caller) ? caller : error);
}

function respondToModels(
  front: Front,
  exchange: Exchange,
  endpoint: Extract<Endpoint, { kind: "models" | "model" }>,
): HttpResponse {
  const caller = admit(front, exchange);
  if (isCallerError(caller)) return refuse(exchange, caller);
  const models = front.options.listModels();
  // Anthropic's clients send the header with every request, and nobody else's do.
  const { request } = exchange;
  const isTheirs = speaksMessages(request.path) || request.header("anthropic-version") !== undefined;
  const form = isTheirs ? "anthropic" : "openai";
  if (endpoint.kind === "models") return told(exchange, 200, modelList(models, form));
  const model = oneModel(models, endpoint.id, form);
  return isCallerError(model) ? refuse(exchange, model) : told(exchange, 200, model);
}
