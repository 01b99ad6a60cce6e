import type { Call, Failure } from "tideover/engine";

/** Whose call it is: a request's, or a job's. */
export function kindOf(call: Call): "request" | "job" {
  return call.ticketed === true ? "job" : "request";
}

/** How a call ended, by its outcome and what its stream ended with. */
export function endingOf(outcome: "answer" | "accepted" | "failure", failed: Failure | undefined): string {
  if (outcome === "accepted") return "accepted";
  if (failed === undefined) return "answered";
  const ownWill = failed.kind === "cancelled" || failed.kind === "deadline";
  return outcome === "answer" && !ownWill ? "cut" : failed.kind;
}

/** What the cache did for a call. */
export function cacheResult({ hit, forward, ttlSeconds }: NonNullable<Call["trace"]["cache"]>): string {
  if (hit) return ttlSeconds !== undefined && ttlSeconds < 0 ? "stale-hit" : "hit";
  return forward ?? "miss";
}
