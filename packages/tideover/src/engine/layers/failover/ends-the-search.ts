import type { Failure } from "../../failure.ts";

/** Nobody else can do better: the caller's fault, or no time or caller left, or content already shown. */
export function endsTheSearch(failed: Failure): boolean {
  if (isTooLong(failed)) return false;
  return failed.committed || failed.kind === "caller" || failed.kind === "deadline" || failed.kind === "cancelled";
}

/** A larger provider may take it. */
export function isTooLong({ kind, reason }: Failure): boolean {
  return kind === "caller" && reason === "context-too-long";
}

/**
 * Whether a provider refused what is asked (RFC 9110: 400, 413, 422), or its length, be it as the caller wrote it or as it
 * was changed for the provider. A 404 is not among them: it is mostly a model that the route names wrongly.
 */
export function refusesRequest({ reason, status }: Failure): boolean {
  return reason === "context-too-long" || (REFUSING_STATUSES.has(status) && reason === `http-${status}`);
}

const REFUSING_STATUSES: ReadonlySet<number | undefined> = new Set([400, 413, 422]);
