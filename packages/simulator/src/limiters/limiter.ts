import { type Answer, failure, onEnding, type Service } from "tideover/engine";
import type { VirtualClock } from "tideover/testing";

/** What became of one call, as a limiter of the literature sees it. Times in ms of the run. */
export interface LimiterSample {
  readonly now: number;
  /** Time to the first token, or, for a limiter that watches whole answers, to the end. */
  readonly latencyMs: number;
  /** Calls in flight when it was sent, itself included. */
  readonly inFlight: number;
  /** The provider refused it. */
  readonly dropped: boolean;
}

/** An adaptive limit as concurrency libraries have it: a number that samples move. */
export interface LimitAlgorithm {
  /** Calls at once, now; not a whole number. */
  readonly limit: number;
  sample(sample: LimiterSample): void;
}

/** What an algorithm is fed with. */
export interface Feeding {
  /** Whether a call is sampled at its first token or at its end. */
  readonly at: "first-token" | "end";
  /** A first token that has not come by then is sampled there and then as so late; ms. Absent: it is waited for. */
  readonly lateAfterMs?: number | undefined;
}

const REFUSED = failure("rejected", "limit-reached", "As many calls as the limit allows are in flight.");

/** Lets calls through up to the limit and refuses the rest at once, as the libraries' simple limiters do. */
export function enforce(algorithm: LimitAlgorithm, feeding: Feeding, clock: VirtualClock, next: Service): Service {
  let inFlight = 0;
  return async (call) => {
    if (inFlight >= Math.max(1, Math.floor(algorithm.limit))) return REFUSED;
    inFlight++;
    const sent = { at: clock.now(), inFlight };
    let sampled = false;
    const sample = (dropped: boolean) => {
      late?.cancel();
      if (sampled) return;
      sampled = true;
      const now = clock.now();
      algorithm.sample({ now, latencyMs: now - sent.at, inFlight: sent.inFlight, dropped });
    };
    const late =
      feeding.lateAfterMs === undefined ? undefined : clock.schedule(feeding.lateAfterMs, () => sample(false));
    const outcome = await next(call);
    if (outcome.type !== "answer") {
      inFlight--;
      sample(true);
      return outcome;
    }
    if (feeding.at === "first-token") sample(false);
    const stream = onEnding(outcome.stream, () => {
      inFlight--;
      sample(false);
    });
    return { ...outcome, stream } satisfies Answer;
  };
}
