import type { JobCounts } from "tideover/engine";
import { LOOK_EVERY, MOST_WAITING_JOBS } from "./defaults.ts";

/** How many jobs may wait at most, looked at now and then: counting before each would cost more than the job. */
export class WaitingBound {
  readonly most: number;
  #sinceLook = LOOK_EVERY;
  #isFull = false;

  /** @param most jobs that have not ended. Default: {@link MOST_WAITING_JOBS} */
  constructor(most = MOST_WAITING_JOBS) {
    this.most = most;
  }

  /**
   * Whether it is time to count again: every {@link LOOK_EVERY} jobs, and before each while none is taken. Whoever is told
   * so counts; those who come meanwhile do not count, too.
   */
  startLook(): boolean {
    if (this.#sinceLook < LOOK_EVERY && !this.#isFull) return false;
    this.#sinceLook = 0;
    return true;
  }

  /** Takes note of what was counted. */
  counted({ queued, leased, running }: JobCounts): void {
    this.#isFull = queued + leased + running >= this.most;
  }

  /** Another job came. @returns whether it may be taken */
  admits(): boolean {
    this.#sinceLook++;
    return !this.#isFull;
  }
}
