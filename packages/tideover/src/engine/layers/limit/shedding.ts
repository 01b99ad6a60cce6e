import { AdmissionLevel } from "../../kernels/admission-level.ts";
import { CoDel } from "../../kernels/codel.ts";
import { cohortOf } from "../../kernels/cohort.ts";
import { ADMISSION, STANDING_QUEUE } from "./defaults.ts";

/**
 * Decides who may still wait while a queue stands: whole classes from the last on, and within a class whole sessions,
 * so that a run of many steps is not refused halfway. The first class is always admitted.
 */
export class Shedding {
  readonly #standing = new CoDel(STANDING_QUEUE);
  readonly #level = new AdmissionLevel(ADMISSION);

  /** The queue has been standing for so long that it is no burst. */
  get underPressure(): boolean {
    return this.#standing.standing;
  }

  /** From 1 (critical calls only) to the number of classes (everybody). */
  get level(): number {
    return this.#level.level;
  }

  /**
   * Notes how the queue is.
   * @param delayMs how long the longest waiting call has waited, 0 when none waits
   * @returns whether a waiting call should be refused to shorten it
   */
  observe(nowMs: number, delayMs: number): boolean {
    const drop = this.#standing.observe(nowMs, delayMs);
    this.#level.observe(nowMs, this.#standing.standing);
    return drop;
  }

  /** Notes that a call of a class was refused for want of room: the classes after it are to be refused first. */
  noteRefusal(callClass: number): void {
    this.#level.noteRefusal(callClass);
  }

  /** @param session what tells the call's session; asked for only when it matters */
  admits(callClass: number, session: () => string, wallTimeMs: number): boolean {
    if (this.#level.isOpen || this.#level.admits(callClass + 1)) return true;
    return this.#level.admits(callClass) && this.#level.admits(callClass + cohortOf(session(), wallTimeMs));
  }
}
