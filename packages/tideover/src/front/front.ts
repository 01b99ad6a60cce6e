import { type Call, newTrace } from "../engine/index.ts";
import { readResponsesRequest, termsOfResponse } from "./asked-response.ts";
import { type Authenticator, authenticateAnonymous, authenticateByKey, refuseForeign } from "./authenticate.ts";
import { respondToBatches, takesAnyContentType } from "./batch-endpoints.ts";
import { cacheTerms } from "./cache-control.ts";
import { failureResponse, jsonResponse, refusalResponse } from "./error-response.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import { Exchange, type RoutedCall } from "./exchange.ts";
import type { FrontOptions } from "./front-options.ts";
import { HEALTH, readinessResponse } from "./health.ts";
import type { Handler, HttpRequest, HttpResponse, WholeResponse } from "./http.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { admitByLink, noJobsHere, respondToJobs } from "./job-endpoints.ts";
import { messagesResponse, readMessagesRequest, speaksMessages, tokenCount } from "./messages-endpoint.ts";
import { modelList, oneModel, unknownModel } from "./models.ts";
import { callerRetries, deadlineMs, effectivePriority, traceParent } from "./parse-headers.ts";
import { parseRequest } from "./parse-request.ts";
import { bodyTooLarge } from "./payload-too-large.ts";
import { asyncPreference } from "./prefer.ts";
import { type ReadRequest, rememberingRequests } from "./request-memory.ts";
import { respondToKeptResponse } from "./response-endpoints.ts";
import { identityHeaders } from "./response-headers.ts";
import { responsesResponse } from "./responses-endpoint.ts";
import { noStreamsHere } from "./resumable/no-streams-here.ts";
import { type Endpoint, type JobEndpoint, routeRequest } from "./route-request.ts";
import { internalFailure } from "./running-call.ts";
import { DEFAULT_SETTINGS, DEFAULT_TOTAL_MS, type FrontSettings } from "./settings.ts";
import { noStatusHere, statusResponse, statusStream } from "./status-endpoints.ts";
import { streamResponse } from "./stream-response.ts";
import { unaryResponse } from "./unary-response.ts";

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
    const spoken = (response: HttpResponse): HttpResponse | Promise<HttpResponse> => {
      if (exchange.response !== undefined) return responsesResponse(exchange, response).then(keep);
      return keep(speaksMessages(request.path) ? messagesResponse(exchange, response) : response);
    };
    const response = respondGuarded(front, exchange);
    // What is there at once waits for nothing: every wait is a turn of the queue, and most hits of the cache take none.
    return response instanceof Promise ? response.then(spoken) : Promise.resolve(spoken(response));
  };
}

function respondGuarded(front: Front, exchange: Exchange): Promise<HttpResponse> | HttpResponse {
  const failed = (error: unknown) => {
    exchange.noteThrown(error);
    return failureResponse(exchange, internalFailure(), { struck: "nothing" });
  };
  try {
    const response = respond(front, exchange);
    return response instanceof Promise ? response.catch(failed) : response;
  } catch (error) {
    return failed(error);
  }
}

interface Front {
  readonly options: FrontOptions;
  readonly settings: FrontSettings;
  readonly read: ReadRequest;
  readonly authenticate: Authenticator;
}

/** What a call is for, and whether its path promises DeepSeek's beta features. */
type CallEndpoint = Pick<Extract<Endpoint, { kind: "call" }>, "operation" | "beta">;

/** A Messages or Responses request is a chat request by the time that it is routed. */
const MESSAGES: CallEndpoint = { operation: "chat", beta: false };

function authenticator({ keys, hash }: FrontOptions, { passthroughKeys }: FrontSettings): Authenticator {
  if (keys.length === 0) return authenticateAnonymous(passthroughKeys, hash);
  if (passthroughKeys)
    throw new TypeError("passthroughKeys and keys exclude each other: a caller can send only one key.");
  return authenticateByKey(keys, hash);
}

function respond(front: Front, exchange: Exchange): Promise<HttpResponse> | HttpResponse {
  const { request } = exchange;
  const endpoint = routeRequest(request.method, request.path);
  if (!isCallerError(endpoint)) exchange.endpoint = endpoint.kind === "model" ? "/v1/models/{id}" : endpoint.name;
  if (request.largerThan !== undefined) return refuse(exchange, bodyTooLarge(request.largerThan));
  return isCallerError(endpoint) ? refuse(exchange, endpoint) : respondAt(front, exchange, endpoint);
}

function respondAt(front: Front, exchange: Exchange, endpoint: Endpoint): Promise<HttpResponse> | HttpResponse {
  const { request } = exchange;
  // Probes come by address and without keys, and are told nothing that is secret.
  if (endpoint.kind === "health") return told(exchange, 200, HEALTH);
  if (endpoint.kind === "status") {
    const { status } = front.options;
    if (status === undefined) return refuse(exchange, noStatusHere());
    return endpoint.streamed ? statusStream(exchange, status) : statusResponse(exchange, status);
  }
  if (endpoint.kind === "readiness") {
    const { status, body } = readinessResponse(front.options.ready());
    return told(exchange, status, body);
  }
  if (endpoint.kind === "call") return respondToCall(front, exchange, endpoint);
  if (endpoint.kind === "messages") {
    return respondToCall({ ...front, read: readMessagesRequest }, exchange, MESSAGES);
  }
  if (endpoint.kind === "job" || endpoint.kind === "jobs") return respondToJob(front, exchange, endpoint);
  if (endpoint.kind === "stream") {
    const { streams } = front.options;
    if (streams === undefined) return refuse(exchange, noStreamsHere());
    return streams.respond(exchange, endpoint.id, () => admit(front, request, true));
  }
  const anyContentType = endpoint.kind === "response" || (endpoint.kind === "batch" && takesAnyContentType(endpoint));
  const caller = admit(front, request, anyContentType);
  if (isCallerError(caller)) return refuse(exchange, caller);
  exchange.tenant = caller.tenant;
  exchange.keyName = caller.keyName;
  if (endpoint.kind === "responses") return respondToResponses(front, exchange, caller.tenant);
  if (endpoint.kind === "response") return respondToKeptResponse(exchange, endpoint, caller.tenant);
  if (endpoint.kind === "batch") return respondToBatches(exchange, endpoint, front.options.batches, caller);
  if (endpoint.kind === "token-count") return countTokens(front, exchange);
  const models = front.options.listModels();
  if (endpoint.kind === "models") return told(exchange, 200, modelList(models));
  const model = oneModel(models, endpoint.id);
  return isCallerError(model) ? refuse(exchange, model) : told(exchange, 200, model);
}

function countTokens({ settings }: Front, exchange: Exchange): WholeResponse {
  const { bodyBytes, jsonDepth } = settings.limits;
  const { body } = exchange.request;
  const counted = body.length > bodyBytes ? bodyTooLarge(bodyBytes) : tokenCount(body, jsonDepth);
  return isCallerError(counted) ? refuse(exchange, counted) : told(exchange, 200, counted);
}

function respondToJob(front: Front, exchange: Exchange, endpoint: JobEndpoint): Promise<HttpResponse> | HttpResponse {
  const { jobs } = front.options;
  const byLink = jobs === undefined ? undefined : admitByLink(exchange, endpoint, jobs);
  if (byLink !== undefined && byLink !== "admitted") return refuse(exchange, byLink);
  const caller = byLink === "admitted" ? undefined : admit(front, exchange.request);
  if (caller !== undefined && isCallerError(caller)) return refuse(exchange, caller);
  if (jobs === undefined) return refuse(exchange, noJobsHere());
  exchange.tenant = caller?.tenant;
  exchange.keyName = caller?.keyName;
  return respondToJobs(exchange, endpoint, jobs, caller?.tenant);
}

/** Who calls, unless the request must be refused for where it comes from. */
function admit(
  { options, settings, authenticate }: Front,
  request: HttpRequest,
  anyContentType = false,
): ReturnType<Authenticator> {
  const foreign =
    options.keys.length === 0 ? refuseForeign(request, settings.allowedHosts, { anyContentType }) : undefined;
  return foreign ?? authenticate(request);
}

function respondToCall(front: Front, exchange: Exchange, endpoint: CallEndpoint): Promise<HttpResponse> | HttpResponse {
  const routed = routeCall(front, exchange, endpoint);
  return isCallerError(routed) ? refuse(exchange, routed) : respondToRouted(exchange, routed);
}

function respondToRouted(exchange: Exchange, routed: RoutedCall): Promise<HttpResponse> | HttpResponse {
  exchange.call = routed.call;
  if (!routed.call.request.stream) return unaryResponse(exchange, routed);
  exchange.waitsForStream();
  return streamResponse(exchange, routed);
}

/** A Responses request is a chat request by the time that it is routed; what more it says is in the call. */
async function respondToResponses(front: Front, exchange: Exchange, tenant: string): Promise<HttpResponse> {
  const { bodyBytes } = front.settings.limits;
  if (exchange.request.body.length > bodyBytes) return refuse(exchange, bodyTooLarge(bodyBytes));
  const asked = await readResponsesRequest(exchange, tenant);
  if (isCallerError(asked)) return refuse(exchange, asked);
  const routed = routeCall({ ...front, read: () => asked.call }, exchange, MESSAGES);
  if (isCallerError(routed)) return refuse(exchange, routed);
  const terms = termsOfResponse(asked, routed.givesTickets);
  if (isCallerError(terms)) return refuse(exchange, terms);
  exchange.response = asked;
  return respondToRouted(exchange, { ...routed, call: { ...routed.call, ...terms } });
}

function routeCall(front: Front, exchange: Exchange, endpoint: CallEndpoint): RoutedCall | CallerError {
  const { options, settings } = front;
  const { request, startedAt } = exchange;
  const caller = admit(front, request);
  if (isCallerError(caller)) return caller;
  exchange.tenant = caller.tenant;
  exchange.keyName = caller.keyName;
  const priority = effectivePriority(request.header("priority"), caller.maxPriority);
  const admission = options.admit?.(priority);
  if (typeof admission === "number") return tooFull(admission);
  exchange.admitted = admission;
  const { bodyBytes, jsonDepth } = settings.limits;
  if (request.body.length > bodyBytes) return bodyTooLarge(bodyBytes);
  const parsed = front.read(request.body, {
    operation: endpoint.operation,
    beta: endpoint.beta,
    maxDepth: jsonDepth,
  });
  if (isCallerError(parsed)) return parsed;
  const route = options.findRoute(parsed.model, parsed.operation);
  if (route === undefined) return unknownModel(parsed.model, options.listModels());
  exchange.route = route.name;
  const traceparent = traceParent(request.header("traceparent"));
  if (traceparent !== undefined) exchange.trace.traceparent = traceparent;
  const allowedMs = deadlineMs(request, route.deadlineMs);
  if (typeof allowedMs !== "number") return allowedMs;
  const once = idempotencyKey(request);
  if (typeof once === "object") return once;
  const preference = asyncPreference(request.header("prefer"));
  const cached = cacheTerms(request);
  const call: Omit<Call, "signal"> = {
    id: exchange.id,
    request: parsed,
    tenant: caller.tenant,
    keyName: caller.keyName,
    priority,
    startedAt,
    deadline: startedAt + allowedMs,
    callerRetries: callerRetries(request.header("x-stainless-retry-count")),
    lastChance: false,
    avoid: [],
    trace: exchange.trace,
    ...(preference === undefined ? {} : { respondAsync: { waitMs: preference.waitMs } }),
    ...(cached === undefined ? {} : { cacheTerms: cached }),
    ...(once === undefined ? {} : { idempotencyKey: once }),
    ...(caller.providerKey === undefined ? {} : { callerKey: caller.providerKey }),
  };
  const { service, totalMs = DEFAULT_TOTAL_MS, givesTickets = false } = route;
  return { call, service, totalMs, givesTickets };
}

function tooFull(retryAfterMs: number): CallerError {
  const message = "Tideover has as many open requests as it can serve smoothly; this one was refused at once.";
  return callerError("load_shed", message, { retryAfterMs });
}

function refuse(exchange: Exchange, error: CallerError): WholeResponse {
  const { status, code } = error;
  exchange.end({ result: "refused", status, code });
  return withoutBodyForHead(exchange, refusalResponse(error, exchange.id));
}

/** A plain answer of the endpoints that run no call. */
function told(exchange: Exchange, status: number, body: unknown): WholeResponse {
  exchange.end({ result: "answered", status });
  return withoutBodyForHead(exchange, jsonResponse(status, JSON.stringify(body), identityHeaders(exchange.id)));
}

function withoutBodyForHead({ request }: Exchange, response: WholeResponse): WholeResponse {
  return request.method === "HEAD" ? { ...response, body: new Uint8Array() } : response;
}
