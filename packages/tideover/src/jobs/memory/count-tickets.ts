import type { Job, JobCounts, JobState } from "../../engine/ports/job.ts";
import { countStates } from "../count-states.ts";
import type { Row } from "./job-row.ts";

/** The tickets among rows for which a condition holds, by state, with the age of the oldest that waits. */
export function countTickets(rows: Iterable<Row>, matches: (job: Job) => boolean): JobCounts {
  const tally = new Map<JobState, number>();
  let oldestQueuedAt: number | undefined;
  for (const { job } of rows) {
    if (job.kind !== "ticket" || !matches(job)) continue;
    tally.set(job.state, (tally.get(job.state) ?? 0) + 1);
    if (job.state === "queued") oldestQueuedAt = Math.min(job.createdAt, oldestQueuedAt ?? job.createdAt);
  }
  return countStates(tally, oldestQueuedAt);
}
