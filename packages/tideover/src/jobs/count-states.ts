import { JOB_STATES, type JobCounts, type JobState } from "../engine/ports/job.ts";

/** The counts of jobs by state, every state named. */
export function countStates(tally: ReadonlyMap<JobState, number>, oldestQueuedAt?: number): JobCounts {
  const counts = Object.fromEntries(JOB_STATES.map((state) => [state, tally.get(state) ?? 0]));
  return {
    ...(counts as Readonly<Record<JobState, number>>),
    ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt }),
  };
}
