import type { Json, JsonObject } from "../engine/json.ts";
import { isEnded, type Job, type JobState } from "../engine/ports/job.ts";

/** The states that callers see: who has leased a job is ours to know. */
export type PublicJobState = Exclude<JobState, "leased">;

/** What the document of a job says beside the job. */
export interface DocumentFacts {
  /** When it is likely to be done, in ms since the Unix epoch. */
  readonly estimatedCompletionAt?: number | undefined;
  /** Where a page without a key may read it. */
  readonly url?: string | undefined;
}

/** The state as callers see it. */
export function publicState(state: JobState): PublicJobState {
  return state === "leased" ? "queued" : state;
}

/** A job as callers see it; times in whole seconds since the Unix epoch. */
export function jobDocument(job: Job, { estimatedCompletionAt, url }: DocumentFacts = {}): JsonObject {
  const { result, error } = job;
  return {
    id: job.id,
    object: "job",
    status: publicState(job.state),
    created_at: seconds(job.createdAt),
    model: job.model,
    expires_at: seconds(job.expiresAt),
    ...(job.startedAt === undefined ? {} : { started_at: seconds(job.startedAt) }),
    ...(job.endedAt === undefined ? {} : { completed_at: seconds(job.endedAt) }),
    ...(estimatedCompletionAt === undefined ? {} : { estimated_completion_at: seconds(estimatedCompletionAt) }),
    ...(job.group === undefined ? {} : { batch_id: job.group }),
    ...(job.tag === undefined ? {} : { custom_id: job.tag }),
    ...(result === undefined ? {} : { response: { status_code: result.status, body: parsed(result.body) } }),
    ...(error === undefined || !isEnded(job.state) ? {} : { error: { code: error.code, message: error.message } }),
    ...(error?.deadLetter === true ? { dead_letter: true, deliveries: job.deliveries } : {}),
    ...(result?.provenance === undefined ? {} : { tideover: result.provenance }),
    ...(url === undefined ? {} : { url }),
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}

/** A provider's own error need not be JSON. */
function parsed(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return body;
    throw error;
  }
}
