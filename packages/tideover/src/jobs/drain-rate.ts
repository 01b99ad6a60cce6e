import type { Clock } from "../engine/clock.ts";
import { FadingRate } from "../engine/kernels/ewma.ts";
import type { Job, JobCounts } from "../engine/ports/job.ts";
import { isEnded } from "../engine/ports/job.ts";
import { ASK_AGAIN_MS, DRAIN_FADE_MS, LEAST_ASK_AGAIN_MS, MOST_ASK_AGAIN_MS } from "./defaults.ts";

/** When jobs are likely to be done, from how fast they were done lately. */
export class DrainRate {
  readonly #clock: Clock;
  readonly #ended = new FadingRate(DRAIN_FADE_MS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A job has ended. */
  note(): void {
    this.#ended.add(this.#clock.now());
  }

  /** Jobs a second that ended lately; undefined while too few have to tell. */
  get perSecond(): number | undefined {
    const perMs = this.#ended.perMs(this.#clock.now());
    return perMs === undefined ? undefined : perMs * 1_000;
  }

  /**
   * When a job will be done (ms since the Unix epoch), if all that wait now are done before it; undefined for one that
   * has ended, and while too few have been done lately to tell.
   */
  estimate(job: Job, counts: JobCounts): number | undefined {
    const perMs = this.#ended.perMs(this.#clock.now());
    if (perMs === undefined || isEnded(job.state)) return undefined;
    const ahead = job.state === "queued" ? counts.queued + counts.leased + counts.running : 1;
    const from = Math.max(this.#clock.wallTime(), job.notBefore);
    return Math.min(job.expiresAt, from + Math.max(1, ahead) / perMs);
  }

  /** After how long it is worth asking for the job again, in ms. */
  askAgainMs(estimate: number | undefined): number {
    if (estimate === undefined) return ASK_AGAIN_MS;
    return Math.min(MOST_ASK_AGAIN_MS, Math.max(LEAST_ASK_AGAIN_MS, estimate - this.#clock.wallTime()));
  }
}
