import type { Accepted, JsonObject } from "../engine/index.ts";
import { jsonResponse } from "./error-response.ts";
import type { Exchange } from "./exchange.ts";
import { headerText, type WholeResponse } from "./http.ts";
import { tideoverHeaders } from "./response-headers.ts";

/** The response to a call that was taken as a job: 202, and where the answer will be. */
export function acceptedResponse(exchange: Exchange, accepted: Accepted): WholeResponse {
  const { trace, clock, settings } = exchange;
  const origin = { rung: "ticket", degraded: true } as const;
  exchange.end({ result: "accepted", status: 202, origin });
  return jsonResponse(202, JSON.stringify(acceptedBody(accepted, clock.wallTime())), {
    ...tideoverHeaders({
      requestId: exchange.id,
      trace,
      origin,
      elapsedMs: exchange.elapsedMs(),
      provenance: settings.provenance.headers,
    }),
    location: headerText(`/v1/jobs/${encodeURIComponent(accepted.jobId)}`),
  });
}

/** The job as a caller first sees it; times in whole seconds since the Unix epoch. */
export function acceptedBody({ jobId }: Accepted, wallTimeMs: number): JsonObject {
  return { id: jobId, object: "job", status: "queued", created_at: Math.floor(wallTimeMs / 1_000) };
}
