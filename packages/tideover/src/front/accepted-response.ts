import type { Accepted, JsonObject } from "../engine/index.ts";
import { jobDocument } from "../jobs/index.ts";
import { jsonResponse } from "./error-response.ts";
import type { Exchange } from "./exchange.ts";
import { headerText, type WholeResponse } from "./http.ts";
import { asyncPreference } from "./prefer.ts";
import { tideoverHeaders } from "./response-headers.ts";

/** The response to a call that was taken as a job: 202, and where the answer will be. */
export function acceptedResponse(exchange: Exchange, accepted: Accepted): WholeResponse {
  const { trace, settings, request } = exchange;
  const origin = { rung: "ticket", degraded: true, ticket: accepted.link ?? pathOf(accepted) } as const;
  const applied = asyncPreference(request.header("prefer"))?.applied;
  exchange.end({ result: "accepted", status: 202, origin });
  return jsonResponse(202, JSON.stringify(acceptedBody(exchange, accepted)), {
    ...tideoverHeaders({
      requestId: exchange.id,
      trace,
      origin,
      elapsedMs: exchange.elapsedMs(),
      provenance: settings.provenance.headers,
    }),
    location: headerText(pathOf(accepted)),
    ...retryAfter(exchange, accepted),
    ...(applied === undefined ? {} : { "preference-applied": applied }),
  });
}

/** The job as its own page shows it. */
export function acceptedBody({ clock }: Exchange, accepted: Accepted): JsonObject {
  const { job, jobId, link, estimatedCompletionAt } = accepted;
  if (job === undefined) {
    return { id: jobId, object: "job", status: "queued", created_at: Math.floor(clock.wallTime() / 1_000) };
  }
  return jobDocument(job, { estimatedCompletionAt, url: link });
}

function pathOf({ jobId }: Accepted): string {
  return `/v1/jobs/${encodeURIComponent(jobId)}`;
}

function retryAfter({ jobs }: Exchange, { job, estimatedCompletionAt }: Accepted): Record<string, string> {
  if (jobs === undefined || job?.endedAt !== undefined) return {};
  return { "retry-after": String(Math.ceil(jobs.jobs.rate.askAgainMs(estimatedCompletionAt) / 1_000)) };
}
