import type { Job } from "../engine/index.ts";
import { isResponseId, type KeptRequest } from "../wire/index.ts";
import { keptRequestOf } from "./asked-response.ts";
import { failureResponse, jsonResponse, refusalResponse } from "./error-response.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import { eventStreamResponse } from "./event-stream-response.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse, WholeResponse } from "./http.ts";
import { quoted } from "./parse-headers.ts";
import { canResume, followedJob } from "./response-events.ts";
import { identityHeaders } from "./response-headers.ts";
import { documentOfJob } from "./response-state.ts";
import type { ResponseEndpoint } from "./route-request.ts";
import { internalFailure } from "./running-call.ts";

/** Answers the endpoints of kept responses, for the tenant whose they are. */
export async function respondToKeptResponse(
  exchange: Exchange,
  { id, action }: ResponseEndpoint,
  tenant: string,
): Promise<HttpResponse> {
  const { jobs, request } = exchange;
  try {
    const known = await find(exchange, id, tenant);
    if (isCallerError(known) || jobs === undefined) return refuse(exchange, isCallerError(known) ? known : unknown(id));
    if (action === "cancel") return await cancel(exchange, known, tenant);
    if (request.method === "DELETE") {
      const deleted = await jobs.jobs.forget(id, tenant);
      return deleted ? tell(exchange, { id, object: "response", deleted: true }) : refuse(exchange, unknown(id));
    }
    const query = new URLSearchParams(request.path.split("?", 2)[1] ?? "");
    if (query.get("stream") === "true") return await events(exchange, known, query.get("starting_after"));
    return tell(exchange, documentOfJob(known.job, known.kept.request));
  } catch (error) {
    exchange.noteThrown(error);
    return failureResponse(exchange, internalFailure(), { struck: "nothing" });
  }
}

interface KnownResponse {
  readonly job: Job;
  readonly kept: KeptRequest;
}

async function find({ jobs }: Exchange, id: string, tenant: string): Promise<KnownResponse | CallerError> {
  if (jobs === undefined) {
    return callerError("unknown_job", "This gateway keeps no responses: it has no store for jobs.");
  }
  const job = isResponseId(id) ? await jobs.jobs.find(id, tenant) : undefined;
  const kept = job === undefined ? undefined : await keptRequestOf(job, jobs);
  return job === undefined || kept === undefined ? unknown(id) : { job, kept };
}

function unknown(id: string): CallerError {
  return callerError(
    "unknown_job",
    `There is no response ${quoted(id)}; it may have been forgotten after its time, or was not to be stored.`,
  );
}

async function cancel(exchange: Exchange, { job, kept }: KnownResponse, tenant: string): Promise<WholeResponse> {
  if (kept.request.background !== true) {
    const message = "Only a response that was asked for with `background: true` can be cancelled.";
    return refuse(exchange, callerError("invalid_request", message));
  }
  const cancelled = await exchange.jobs?.jobs.cancel(job.id, tenant);
  return tell(exchange, documentOfJob(cancelled ?? job, kept.request));
}

async function events(exchange: Exchange, { job, kept }: KnownResponse, after: string | null): Promise<HttpResponse> {
  if (after !== null && !/^\d{1,9}$/.test(after)) {
    const message = `\`starting_after\` is ${quoted(after)}; it must be the number of the last event that was seen.`;
    return refuse(exchange, callerError("invalid_request", message, { param: "starting_after" }));
  }
  const from = { startingAfter: after === null ? -1 : Number(after) };
  if (!canResume(exchange, job, kept.request, from)) {
    const message =
      "The events of this response are kept no more, or by another process: retrieve it without `stream`, or from its first event.";
    return refuse(exchange, callerError("invalid_request", message, { status: 409, param: "starting_after" }));
  }
  const body = await followedJob(exchange, job.id, kept.request, from);
  if (body === undefined) return refuse(exchange, unknown(job.id));
  return eventStreamResponse(exchange, {}, body);
}

function tell(exchange: Exchange, body: unknown): WholeResponse {
  exchange.end({ result: "answered", status: 200 });
  return jsonResponse(200, JSON.stringify(body), identityHeaders(exchange.id));
}

function refuse(exchange: Exchange, error: CallerError): WholeResponse {
  exchange.end({ result: "refused", status: error.status, code: error.code });
  return refusalResponse(error, exchange.id);
}
