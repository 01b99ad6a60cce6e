import { type Call, type CallRequest, isJsonObject, type Job, type JsonObject } from "../engine/index.ts";
import {
  chatRequestOfResponse,
  type KeptRequest,
  keptRequestBytes,
  messageForHistory,
  parseJson,
  type ResponseHead,
  readKeptRequest,
  responseId,
} from "../wire/index.ts";
import { type CallerError, callerError, isCallerError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { bytesOf } from "./http.ts";
import { quoted } from "./parse-headers.ts";
import { checkModel, parseObject } from "./parse-request.ts";

/** A request of the Responses API, read and translated. */
export interface AskedResponse {
  readonly head: ResponseHead;
  /** The chat request that it stands for: from there on the engine, its caches and its tickets know chat alone. */
  readonly call: CallRequest;
  readonly background: boolean;
  readonly stream: boolean;
}

/** The members of a call that the wire decides. */
export type ResponseTerms = Pick<Call, "jobId" | "respondAsync">;

/**
 * Reads the body of a Responses request. Where it goes on from an earlier response, that one is looked up, so that the
 * conversation is whole again.
 * @param tenant whose earlier responses it may go on from
 */
export async function readResponsesRequest(
  { request, settings, clock, id, jobs }: Exchange,
  tenant: string,
): Promise<AskedResponse | CallerError> {
  const parsed = parseObject(request.body, settings.limits.jsonDepth);
  if ("error" in parsed) return parsed.error;
  const written = parsed.object;
  const flaw = checkModel(written);
  if (flaw !== undefined) return flaw;
  const { previous_response_id: previous } = written;
  const history = previous === undefined || previous === null ? [] : await historyOf(previous, jobs, tenant);
  if (isCallerError(history)) return history;
  const kept: KeptRequest = { request: written, history };
  const translated = chatRequestOfResponse(kept);
  if (translated.type === "request-flaw") {
    return callerError("invalid_request", translated.message, { param: translated.param });
  }
  const { body } = translated;
  const bytes = bytesOf(JSON.stringify(body));
  if (bytes.length > settings.limits.bodyBytes) {
    const message = "The conversation that the response goes on from is too long to be sent with this request.";
    return callerError("payload_too_large", message, { param: "previous_response_id" });
  }
  const stored = jobs !== undefined && written.store !== false;
  const stream = written.stream === true;
  return {
    head: { id: responseId(id), request: written, createdAt: clock.wallTime(), stored },
    call: {
      operation: "chat",
      model: written.model as string,
      body,
      bytes,
      stream,
      includeUsage: stream,
      translated: true,
      jobBytes: keptRequestBytes(kept),
    },
    background: written.background === true,
    stream,
  };
}

/** How the engine is to treat it. */
export function termsOfResponse(
  { head, background, stream }: AskedResponse,
  givesTickets: boolean,
): ResponseTerms | CallerError {
  if (!background) return { jobId: head.id };
  if (!givesTickets) {
    const message = "A response in the background is a job: the model's route needs the rung `ticket` on its ladder.";
    return callerError("invalid_request", message, { param: "background" });
  }
  return { jobId: head.id, respondAsync: { waitMs: 0, ...(stream ? { followed: true } : {}) } };
}

/** The request that a job keeps of a response; undefined where it keeps none that can be read. */
export async function keptRequestOf(job: Job, jobs: NonNullable<Exchange["jobs"]>): Promise<KeptRequest | undefined> {
  const bytes = await jobs.jobs.request(job.id);
  return bytes === undefined ? undefined : readKeptRequest(bytes);
}

/** The chat messages that a conversation has when it goes on from a response: what was said before, and its answer. */
async function historyOf(
  id: JsonObject[string],
  jobs: Exchange["jobs"],
  tenant: string,
): Promise<readonly JsonObject[] | CallerError> {
  const wrong = (why: string, status = 400) =>
    callerError("invalid_request", why, { status, param: "previous_response_id" });
  if (typeof id !== "string") return wrong("The field `previous_response_id` must be the identifier of a response.");
  if (jobs === undefined) return wrong("This gateway keeps no responses: send the whole conversation as `input`.");
  const job = await jobs.jobs.find(id, tenant);
  const kept = job === undefined ? undefined : await keptRequestOf(job, jobs);
  const answer = parseJson(job?.result?.body ?? "");
  if (job === undefined || kept === undefined) {
    const why = `There is no response ${quoted(id)}; it may have been forgotten after its time, or was not to be stored.`;
    return wrong(why, 404);
  }
  if (job.state !== "succeeded" || !isJsonObject(answer)) {
    return wrong(`The response ${quoted(id)} has no answer (yet), so that nothing can go on from it.`);
  }
  const asked = chatRequestOfResponse({ ...kept, request: { ...kept.request, instructions: null } });
  const before = asked.type === "chat-request" ? (asked.body.messages as readonly JsonObject[]) : kept.history;
  return [...before, messageForHistory(answer)];
}
