import type { CallRecord } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { isLiveInTime } from "./figures.ts";
import { share } from "./quantile.ts";

/** The part of the former live share that counts as recovered (architecture, promise 6). */
const RECOVERED_SHARE = 0.95;
/** The live share is taken over this long, ms, so that one unlucky call is not a relapse. */
const WINDOW_MS = 30_000;
/** The window moves by this much, ms; a part of it. */
const STEP_MS = 5_000;
/** What was before is at least this long a time before the trouble, ms. */
const LEAST_BEFORE_MS = 600_000;
/**
 * What was before is the time just before the trouble, as long as the trouble itself or {@link LEAST_BEFORE_MS}: a
 * provider's days and nights are not one state, and a peak hour cannot return to what a calm night was.
 */
const beforeFrom = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }) =>
  fromMs - Math.max(toMs - fromMs, LEAST_BEFORE_MS);
/** Fewest calls in a window, and before the trouble, for the share to mean anything. */
const LEAST_CALLS = 10;

/** Calls and how many of them were answered live. */
interface Tally {
  calls: number;
  live: number;
}

/** Follows how a run recovers from its trouble; what it keeps grows with the time after the trouble only. */
export class Recovery {
  readonly #scenario: Scenario;
  readonly #before: Tally = { calls: 0, live: 0 };
  /** By steps after the end of the trouble. */
  readonly #after: Tally[] = [];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  add(call: CallRecord): void {
    const tally = this.#tallyAt(call.arrivedAt);
    if (tally === undefined) return;
    tally.calls++;
    if (isLiveInTime(call)) tally.live++;
  }

  /**
   * How long after the end of the trouble the live share of arriving calls is back at 95% of what it was before, for
   * good or at least for a window, ms.
   * @param endedAt when the run ended, ms
   * @returns Infinity when it never is; undefined where there was no trouble, or too few calls to say
   */
  tookMs(endedAt: number): number | undefined {
    const { trouble, durationMs } = this.#scenario;
    if (trouble === undefined || this.#before.calls < LEAST_CALLS) return undefined;
    const wanted = RECOVERED_SHARE * share(this.#before.live, this.#before.calls);
    const last = Math.min(durationMs, endedAt) - trouble.toMs;
    let measured = false;
    for (let from = 0; from + WINDOW_MS <= last; from += STEP_MS) {
      const window = this.#window(from / STEP_MS);
      if (window.calls < LEAST_CALLS) continue;
      measured = true;
      if (share(window.live, window.calls) >= wanted) return from;
    }
    return measured ? Number.POSITIVE_INFINITY : undefined;
  }

  #tallyAt(arrivedAt: number): Tally | undefined {
    const { trouble } = this.#scenario;
    if (trouble === undefined || (arrivedAt >= trouble.fromMs && arrivedAt < trouble.toMs)) return undefined;
    if (arrivedAt < trouble.fromMs) return arrivedAt < beforeFrom(trouble) ? undefined : this.#before;
    const step = Math.floor((arrivedAt - trouble.toMs) / STEP_MS);
    while (this.#after.length <= step) this.#after.push({ calls: 0, live: 0 });
    return this.#after[step];
  }

  #window(firstStep: number): Tally {
    const window = { calls: 0, live: 0 };
    for (const { calls, live } of this.#after.slice(firstStep, firstStep + WINDOW_MS / STEP_MS)) {
      window.calls += calls;
      window.live += live;
    }
    return window;
  }
}
