import type { Call } from "../engine/index.ts";
import { type Authenticator, refuseForeign } from "./authenticate.ts";
import { cacheTerms } from "./cache-control.ts";
import { jsonResponse, refusalResponse } from "./error-response.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import type { Exchange, RoutedCall } from "./exchange.ts";
import type { FrontOptions } from "./front-options.ts";
import type { HttpResponse, WholeResponse } from "./http.ts";
import { idempotencyKey } from "./idempotency-key.ts";
import { unknownModel } from "./models.ts";
import { callerRetries, deadlineMs, effectivePriority, traceParent } from "./parse-headers.ts";
import { bodyTooLarge } from "./payload-too-large.ts";
import { asyncPreference } from "./prefer.ts";
import type { ReadRequest } from "./request-memory.ts";
import { identityHeaders } from "./response-headers.ts";
import type { Endpoint } from "./route-request.ts";
import { DEFAULT_TOTAL_MS, type FrontSettings } from "./settings.ts";
import { streamResponse } from "./stream-response.ts";
import { unaryResponse } from "./unary-response.ts";

/** A front as its endpoints see it. */
export interface Front {
  readonly options: FrontOptions;
  readonly settings: FrontSettings;
  readonly read: ReadRequest;
  readonly authenticate: Authenticator;
}

/** What a call is for, and whether its path promises DeepSeek's beta features. */
export type CallEndpoint = Pick<Extract<Endpoint, { kind: "call" }>, "operation" | "beta">;

/** For requests in another form than chat's: each is a chat request by the time that it is routed. */
export const TRANSLATED: CallEndpoint = { operation: "chat", beta: false };

/**
 * Who calls, noted in the exchange's record.
 * @returns the error for a caller who is not known, or whose request must be refused for where it comes from
 */
export function admit(front: Front, exchange: Exchange, anyContentType = false): ReturnType<Authenticator> {
  const { options, settings, authenticate } = front;
  const { request } = exchange;
  const foreign =
    options.keys.length === 0 ? refuseForeign(request, settings.allowedHosts, { anyContentType }) : undefined;
  const caller = foreign ?? authenticate(request);
  if (isCallerError(caller)) return caller;
  exchange.tenant = caller.tenant;
  exchange.keyName = caller.keyName;
  return caller;
}

/** Answers a request for a call: the front's own checks, then the route's stack. */
export function respondToCall(
  front: Front,
  exchange: Exchange,
  endpoint: CallEndpoint,
): Promise<HttpResponse> | HttpResponse {
  const routed = routeCall(front, exchange, endpoint);
  return isCallerError(routed) ? refuse(exchange, routed) : respondToRouted(exchange, routed);
}

/** Answers a call that has its route, whole or as a stream. */
export function respondToRouted(exchange: Exchange, routed: RoutedCall): Promise<HttpResponse> | HttpResponse {
  exchange.call = routed.call;
  if (!routed.call.request.stream) return unaryResponse(exchange, routed);
  exchange.waitsForStream();
  return streamResponse(exchange, routed);
}

/** Reads a request and finds its route. */
export function routeCall(front: Front, exchange: Exchange, endpoint: CallEndpoint): RoutedCall | CallerError {
  const { options, settings } = front;
  const { request, startedAt } = exchange;
  const caller = admit(front, exchange);
  if (isCallerError(caller)) return caller;
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

/** The front's own refusal; it ends the exchange. */
export function refuse(exchange: Exchange, error: CallerError): WholeResponse {
  const { status, code } = error;
  exchange.end({ result: "refused", status, code });
  return withoutBodyForHead(exchange, refusalResponse(error, exchange.id));
}

/** A plain answer of the endpoints that run no call. */
export function told(exchange: Exchange, status: number, body: unknown): WholeResponse {
  exchange.end({ result: "answered", status });
  return withoutBodyForHead(exchange, jsonResponse(status, JSON.stringify(body), identityHeaders(exchange.id)));
}

function withoutBodyForHead({ request }: Exchange, response: WholeResponse): WholeResponse {
  return request.method === "HEAD" ? { ...response, body: new Uint8Array() } : response;
}
