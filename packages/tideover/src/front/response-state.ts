import { isJsonObject, type Job, type JsonObject } from "../engine/index.ts";
import { publicState } from "../jobs/index.ts";
import { parseJson, type ResponseHead, type ResponseState, responseDocument, responseStateOf } from "../wire/index.ts";

/** A job as the state of the response that it makes. */
export function responseStateOfJob(job: Job): ResponseState {
  const { result, error } = job;
  switch (publicState(job.state)) {
    case "queued":
      return { status: "queued" };
    case "running":
      return { status: "in_progress" };
    case "cancelled":
      return { status: "cancelled", endedAt: job.endedAt };
    case "succeeded": {
      const answer = parseJson(result?.body ?? "");
      const tideover = result?.provenance;
      return { ...responseStateOf(isJsonObject(answer) ? { ...answer, tideover } : {}, job.id), endedAt: job.endedAt };
    }
    case "expired":
    case "failed": {
      const { code = "server_error", message = "The response failed." } = error ?? {};
      return { status: "failed", endedAt: job.endedAt, error: { code, message } };
    }
  }
}

/** A job as the document of the response that it makes. */
export function documentOfJob(job: Job, request: JsonObject): JsonObject {
  return responseDocument(headOfJob(job, request), responseStateOfJob(job));
}

/** What every document of a kept response repeats. */
export function headOfJob(job: Job, request: JsonObject): ResponseHead {
  return { id: job.id, request, createdAt: job.createdAt, stored: true };
}
