import type { KeptRequest } from "./recent-requests.ts";

/** Which requests are listed. */
export interface RequestFilter {
  readonly route?: string | undefined;
  readonly provider?: string | undefined;
  readonly rung?: string | undefined;
  readonly result?: string | undefined;
  readonly tenant?: string | undefined;
  readonly degraded?: boolean | undefined;
  /** Goes on after the request with this id. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Whether a filter lets a request through. */
export function matches({ record }: KeptRequest, filter: RequestFilter): boolean {
  const { origin, trace } = record;
  const degraded = origin?.degraded === true || trace.seams.some((seam) => seam.degraded === true);
  return (
    (filter.route === undefined || record.route === filter.route) &&
    (filter.provider === undefined ||
      origin?.provider === filter.provider ||
      trace.attempts.some(({ provider }) => provider === filter.provider)) &&
    (filter.rung === undefined || origin?.rung === filter.rung) &&
    (filter.result === undefined || record.result === filter.result) &&
    (filter.tenant === undefined || record.tenant === filter.tenant) &&
    (filter.degraded === undefined || degraded === filter.degraded)
  );
}
