import type { Call, CallRequest } from "../engine/call.ts";
import type { Clock } from "../engine/clock.ts";
import { failure } from "../engine/failure.ts";
import type { Outcome } from "../engine/outcome.ts";
import type { Job } from "../engine/ports/job.ts";
import { newTrace } from "../engine/provenance.ts";
import type { Service } from "../engine/service.ts";
import { ATTEMPT_MS } from "./defaults.ts";
import { endingOf, type JobEnding } from "./job-ending.ts";
import { requestOf } from "./job-request.ts";

/** The least urgent priority that jobs run with: behind everybody who waits (semantics, "Priority"). */
const BACKGROUND = 6;

/** Makes the one call of a job's delivery, and says what it means for the job. Never rejects. */
export async function askRoute(
  service: Service,
  {
    job,
    bytes,
    signal,
    clock,
  }: { readonly job: Job; readonly bytes: Uint8Array; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<JobEnding> {
  const request = requestOrFlaw(job, bytes);
  if ("type" in request) return request;
  const trace = newTrace();
  const startedAt = clock.now();
  const leftMs = Math.max(1, Math.min(ATTEMPT_MS, job.expiresAt - clock.wallTime()));
  const outcome = await askSafely(service, {
    id: job.id,
    request,
    tenant: job.tenant,
    keyName: job.keyName,
    priority: Math.max(BACKGROUND, job.priority),
    startedAt,
    deadline: startedAt + leftMs,
    signal,
    callerRetries: 0,
    lastChance: false,
    avoid: [],
    ticketed: true,
    trace,
  });
  return endingOf(outcome, { operation: job.operation, trace, signal });
}

function requestOrFlaw(job: Job, bytes: Uint8Array): CallRequest | JobEnding {
  try {
    return requestOf(job, bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = "The request of the job is not valid JSON.";
    return { type: "refused", error: { code: "invalid_request", message, deadLetter: false } };
  }
}

/** A service never rejects; one that does must cost the job a delivery and not the process its life. */
async function askSafely(service: Service, call: Call): Promise<Outcome> {
  try {
    return await service(call);
  } catch (error) {
    const message = `Something failed inside Tideover: ${error instanceof Error ? error.message : String(error)}`;
    call.trace.attempts.push({ provider: "tideover", outcome: "fault", reason: "internal-error", ms: 0 });
    return failure("fault", "internal-error", message);
  }
}
