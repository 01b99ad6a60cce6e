import type { AdmissionShape } from "../../kernels/admission-level.ts";
import type { AimdShape } from "../../kernels/aimd.ts";
import type { CoDelShape } from "../../kernels/codel.ts";
import type { LoadCurveShape } from "../../kernels/load-curve.ts";

/** Calls at once before anything is known of a provider; Netflix concurrency-limits starts there too. */
export const LIMIT_START = 20;
/** The limit never falls below one call: that call finds out when the provider is back. */
export const LIMIT_MINIMUM = 1;
/** The most that is learned where neither the configuration nor the catalogue names a maximum, in calls at once. */
export const LIMIT_MAXIMUM = 1_000;

/**
 * How the limit moves. The figures without a source were tuned in `overload.test.ts` and its like, on steady, overloaded
 * and browning-out upstreams and on ones that are slow or refuse at random whatever we do.
 */
export const LIMIT_SHAPE: Omit<AimdShape, "start" | "minimum" | "maximum"> = {
  /** Netflix AIMDLimit. */
  lateRatio: 0.9,
  /** A refusal that counts our calls is no noise; AWS SDK "adaptive" mode has the same beta. */
  refusedRatio: 0.7,
  /** From 40 to 10 calls takes 13 decreases. */
  decreaseEveryMs: 1_000,
  /** Ten late calls in a row. Where a third is late by chance, that much evidence comes together once in 3,000 calls. */
  alarm: 10,
  /** Evidence grows where more than 60% are late; at its peak a provider shows 40% of its first tokens after 5 s. */
  relief: 1.5,
  evidenceKept: 0.7,
  quietShare: 0.25,
  highestHalfLifeMs: 600_000,
  /** One call per round at the start of 20, as plain AIMD; more than that above. */
  growthShare: 0.05,
  /** Half the length of an answer. */
  eagerMs: 10_000,
  waryMs: 60_000,
  idleMs: 60_000,
  driftHalfLifeMs: 60_000,
  statedForMs: 60_000,
  statedRise: 0.1,
};

/** A first token later than this is late at the earliest, in ms. */
export const LATE_AT_LEAST_MS = 2_000;
/** A first token is late at so many times the usual. */
export const LATE_FACTOR = 3;
/** Share of the route's own first-token timer at which a first token is late at the latest. */
export const LATE_AT_MOST_SHARE = 0.5;
/** Sizes of requests, in bytes, up to which first tokens take similarly long: about 1k, 8k and 32k tokens, and more. */
export const PROMPT_BUCKETS: readonly number[] = [4_096, 32_768, 131_072, Number.POSITIVE_INFINITY];
/** Share of the newest call in the usual time to a first token: about the last twenty count. */
export const FIRST_TOKEN_WEIGHT = 0.05;
/** The same in how slow the provider is now: about the last ten count. */
export const SLOWNESS_WEIGHT = 0.1;
/**
 * How first tokens are compared by the calls at once that they met: over the last four minutes, and ten at least. A
 * single first token differs from the mean by half of it (lognormal, as in the traces), and callers may notice a tenth at
 * most of jobs beside them. Scenario `ticket-drain`.
 */
export const LOAD_CURVE: LoadCurveShape = {
  most: 240,
  ageMs: 240_000,
  least: 10,
  slower: 0.02,
  doubt: 0.4,
  mostTimes: 5,
  room: 0.15,
  step: 0.1,
};
/** Calls of a bucket before its usual time to a first token means anything. */
export const FIRST_TOKEN_WARM_UP = 20;
/** What a first token is taken to need before anything was measured, in ms. */
export const EXPECTED_FIRST_TOKEN_MS = 1_000;

/** Classes of calls, by urgency (RFC 9218): two steps of urgency each. */
export const CLASSES = ["critical", "standard", "sheddable", "background"] as const;
/** Longest wait for a permit of calls that somebody watches (streamed ones), by class, in ms. */
export const INTERACTIVE_WAIT_MS: readonly number[] = [2_000, 2_000, 2_000, 0];
/** The same for the others. Background work has a queue of its own and never waits here. */
export const PATIENT_WAIT_MS: readonly number[] = [10_000, 10_000, 2_000, 0];
/** Calls that wait for a permit of one account and model at most; at 50 permits a second the last one waits 20 s. */
export const QUEUE_CAPACITY = 1_024;
/** Factor by which critical calls may exceed the learned limit, so that they need not wait out a retreat of two decreases. */
export const CRITICAL_HEADROOM = 1.25;
/** Share of the limit that background calls may hold, so that the next live call finds room; one call at least. */
export const BACKGROUND_SHARE = 0.3;

/** CoDel's 5 ms and 100 ms (RFC 8289), times 100: a call takes seconds where a packet takes microseconds. */
export const STANDING_QUEUE: CoDelShape = { targetMs: 500, intervalMs: 10_000 };
/** DAGOR's steps of 5% and 1% per second. */
export const ADMISSION: AdmissionShape = { classes: CLASSES.length, stepMs: 1_000, fall: 0.05, rise: 0.01 };

/** How far back permits count for the rate at which they come free, in ms: about the length of an answer. */
export const DRAIN_FADE_MS = 30_000;
/** The suggested wait when that rate is not known yet, in ms. */
export const SOON_MS = 1_000;
/** Bounds of the suggested wait, in ms. */
export const LEAST_RETRY_AFTER_MS = 250;
export const MOST_RETRY_AFTER_MS = 30_000;
