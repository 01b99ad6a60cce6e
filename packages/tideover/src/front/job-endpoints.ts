import type { Job, JobListing, JobState } from "../engine/index.ts";
import { type Jobs, jobDocument, type PublicJobState } from "../jobs/index.ts";
import type { EndpointGroup } from "./endpoint-groups.ts";
import { failureResponse, jsonResponse, refusalResponse } from "./error-response.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse, WholeResponse } from "./http.ts";
import { jobEvents } from "./job-events.ts";
import { noJobsHere } from "./not-kept-here.ts";
import { quoted } from "./parse-headers.ts";
import { admit } from "./respond-to-call.ts";
import { identityHeaders } from "./response-headers.ts";
import type { JobEndpoint } from "./route-request.ts";
import { internalFailure } from "./running-call.ts";
import { type Sign, signatureState, ticketUrl } from "./ticket-links.ts";

/** The jobs as the front shows them. */
export interface FrontJobs {
  readonly jobs: Pick<
    Jobs,
    "find" | "request" | "list" | "counts" | "cancel" | "redrive" | "follow" | "rate" | "keep" | "forget" | "streamOf"
  >;
  readonly sign: Sign;
}

/** Jobs on one page of the list: unless said, and at most. */
const PAGE = 20;
const MOST_PER_PAGE = 100;

/** Which states of the store a public one stands for. */
const STATES: Readonly<Record<PublicJobState, readonly JobState[]>> = {
  queued: ["queued", "leased"],
  running: ["running"],
  succeeded: ["succeeded"],
  failed: ["failed"],
  expired: ["expired"],
  cancelled: ["cancelled"],
};

/** Everyone may read what carries a valid signature, from any page. */
const ANY_ORIGIN = { "access-control-allow-origin": "*" };

/** The endpoints of jobs: by a key, or by a link that is signed. */
export const jobEndpoints: EndpointGroup<"job" | "jobs"> = {
  respond(front, exchange, endpoint) {
    const { jobs } = front.options;
    const byLink = jobs === undefined ? undefined : admitByLink(exchange, endpoint, jobs);
    if (byLink !== undefined && byLink !== "admitted") return refuse(exchange, byLink);
    const caller = byLink === "admitted" ? undefined : admit(front, exchange);
    if (caller !== undefined && isCallerError(caller)) return refuse(exchange, caller);
    if (jobs === undefined) return refuse(exchange, noJobsHere());
    return respondToJobs(exchange, endpoint, jobs, caller?.tenant);
  },
};

/**
 * Whether a request needs no key because its link is signed.
 * @returns the error for a link that does not hold, undefined when the usual check decides
 */
function admitByLink(
  { request, clock }: Exchange,
  endpoint: JobEndpoint,
  { sign }: FrontJobs,
): "admitted" | CallerError | undefined {
  if (endpoint.kind !== "job" || request.method === "DELETE" || endpoint.action === "retry") return undefined;
  const state = signatureState(endpoint.id, queryOf(request.path), sign, clock.wallTime());
  if (state === undefined) return undefined;
  if (state === "valid") return "admitted";
  const why = state === "expired" ? "This link has expired." : "This link's signature is not right.";
  // The page that holds the link must be able to read why it no longer works.
  return callerError("unauthorized", `${why} Ask for the job with a key, or for a new link.`, { headers: ANY_ORIGIN });
}

/**
 * Answers the endpoints of jobs.
 * @param tenant whose jobs may be seen; absent for a signed link, which names one job
 */
async function respondToJobs(
  exchange: Exchange,
  endpoint: JobEndpoint,
  frontJobs: FrontJobs,
  tenant: string | undefined,
): Promise<HttpResponse> {
  try {
    if (endpoint.kind === "jobs") return await list(exchange, frontJobs, tenant ?? "");
    if (endpoint.action === "retry") return await retry(exchange, endpoint.id, frontJobs, tenant);
    const cors = tenant === undefined ? ANY_ORIGIN : {};
    const isDelete = exchange.request.method === "DELETE";
    const { jobs } = frontJobs;
    const job = isDelete ? await jobs.cancel(endpoint.id, tenant) : await jobs.find(endpoint.id, tenant);
    if (job === undefined || job.kind !== "ticket") return refuse(exchange, unknownJob(endpoint.id, cors));
    if (endpoint.action === "events") return jobEvents(exchange, job, frontJobs, tenant, cors);
    return await oneJob(exchange, job, frontJobs, tenant, cors);
  } catch (error) {
    exchange.noteThrown(error);
    return failureResponse(exchange, internalFailure(), { struck: "nothing" });
  }
}

/** The error for a job that is not there, or not this caller's: both look the same. */
function unknownJob(id: string, headers: Readonly<Record<string, string>> = {}): CallerError {
  const message = `There is no job ${quoted(id)}; it may have been forgotten after its time.`;
  return callerError("unknown_job", message, { headers });
}

async function oneJob(
  exchange: Exchange,
  job: Job,
  { jobs, sign }: FrontJobs,
  tenant: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<WholeResponse> {
  const estimate = job.endedAt === undefined ? jobs.rate.estimate(job, await jobs.counts()) : undefined;
  // Who came by a link has it already; a key's owner may hand it to a page.
  const url = tenant === undefined ? undefined : ticketUrl(job, sign);
  const document = jobDocument(job, { estimatedCompletionAt: estimate, url });
  const wait =
    job.endedAt === undefined ? { "retry-after": String(Math.ceil(jobs.rate.askAgainMs(estimate) / 1_000)) } : {};
  return tell(exchange, 200, document, { ...headers, ...wait });
}

async function retry(exchange: Exchange, id: string, frontJobs: FrontJobs, tenant: string | undefined) {
  const known = await frontJobs.jobs.find(id, tenant);
  if (known === undefined || known.kind !== "ticket") return refuse(exchange, unknownJob(id));
  if (known.state !== "failed" && known.state !== "expired") {
    const message = `The job is ${known.state}; only one that failed or expired can be tried again.`;
    return refuse(exchange, callerError("invalid_request", message, { status: 409 }));
  }
  const job = await frontJobs.jobs.redrive(id, tenant);
  return job === undefined ? refuse(exchange, unknownJob(id)) : oneJob(exchange, job, frontJobs, tenant, {});
}

async function list(exchange: Exchange, { jobs }: FrontJobs, tenant: string): Promise<WholeResponse> {
  const listing = listingOf(queryOf(exchange.request.path), tenant);
  if ("code" in listing) return refuse(exchange, listing);
  const page = await jobs.list(listing);
  const data = page.jobs.map((job) => jobDocument(job));
  return tell(exchange, 200, {
    object: "list",
    data,
    first_id: page.jobs[0]?.id ?? null,
    last_id: page.jobs.at(-1)?.id ?? null,
    has_more: page.hasMore,
  });
}

function listingOf(query: URLSearchParams, tenant: string): JobListing | CallerError {
  const limitText = query.get("limit") ?? String(PAGE);
  const limit = /^\d{1,4}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > MOST_PER_PAGE) {
    return wrong("limit", `\`limit\` is ${quoted(limitText)}; it must be a whole number from 1 to ${MOST_PER_PAGE}.`);
  }
  const status = query.get("status");
  const states = status === null ? undefined : STATES[status as PublicJobState];
  if (status !== null && !Object.hasOwn(STATES, status)) {
    return wrong("status", `\`status\` is ${quoted(status)}; it must be one of ${Object.keys(STATES).join(", ")}.`);
  }
  const after = query.get("after") ?? undefined;
  const group = query.get("batch_id") ?? undefined;
  return { tenant, states, after, group, limit };
}

function wrong(param: string, message: string): CallerError {
  return callerError("invalid_request", message, { param });
}

/** The query of a path as it was sent. */
function queryOf(path: string): URLSearchParams {
  const at = path.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : path.slice(at + 1));
}

function tell(exchange: Exchange, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  exchange.end({ result: "answered", status });
  return jsonResponse(status, JSON.stringify(body), { ...identityHeaders(exchange.id), ...headers });
}

function refuse(exchange: Exchange, error: CallerError): WholeResponse {
  exchange.end({ result: "refused", status: error.status, code: error.code });
  return refusalResponse(error, exchange.id);
}
