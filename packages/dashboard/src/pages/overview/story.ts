import { answeredOf, failedOf, refusedOf } from "../../api/timeline.ts";
import type { Picture } from "../../api/types.ts";
import type { Tone } from "../../parts/parts.tsx";

/** How far back the headline looks, in ticks of a second: short enough that a change is told within five seconds. */
const HEADLINE_TICKS = 3;
/** How far back it looks where nothing ended in that time: quiet services answer seldom. */
const QUIET_TICKS = 60;
/** From this share on all is said to be answered: one lost call in two hundred is no headline, the figures show it. */
const ALL = 0.995;
/** Below this share the headline is an outage. */
const HARDLY = 0.5;
/** From this share on degraded answers, or answers of other providers, make the headline. */
const MANY = 0.1;

/** The kinds of headline, from the best down. */
export type StoryKind = "quiet" | "live" | "elsewhere" | "degraded" | "partly" | "hardly";

/** What the overview says in one sentence. */
export interface Story {
  readonly kind: StoryKind;
  readonly tone: Tone;
  /** Of what was not the caller's own doing; 1 where nothing ended. */
  readonly answeredShare: number;
  readonly degradedShare: number;
  /** Answered by a provider further down, of all answers. */
  readonly alternateShare: number;
}

/** What has become of requests in the last seconds. */
export function storyOf(ticks: readonly Picture[]): Story {
  const latest = sum(ticks.slice(-HEADLINE_TICKS));
  const figures = latest.answered + latest.failed > 0 ? latest : sum(ticks.slice(-QUIET_TICKS));
  const all = figures.answered + figures.failed;
  if (all === 0) return { kind: "quiet", tone: "quiet", answeredShare: 1, degradedShare: 0, alternateShare: 0 };
  const answeredShare = figures.answered / all;
  const degradedShare = figures.answered === 0 ? 0 : figures.degraded / figures.answered;
  const alternateShare = figures.answered === 0 ? 0 : figures.alternate / figures.answered;
  const shares = { answeredShare, degradedShare, alternateShare };
  if (answeredShare < HARDLY) return { kind: "hardly", tone: "outage", ...shares };
  if (answeredShare < ALL) return { kind: "partly", tone: answeredShare < 0.9 ? "outage" : "degraded", ...shares };
  if (degradedShare >= MANY) return { kind: "degraded", tone: "degraded", ...shares };
  if (alternateShare >= MANY) return { kind: "elsewhere", tone: "busy", ...shares };
  return { kind: "live", tone: "normal", ...shares };
}

/** Ticks of the minute that figures are of. */
const MINUTE_TICKS = 60;
/** With fewer ticks than these the page was just opened, and the gateway's own minute before it counts, too. */
const FEW_TICKS = 30;

/**
 * What ended in the last minute. A page that was just opened has seen little of it: then the minute that the gateway
 * told when it was opened, with what came since, so up to a minute and a half.
 */
export function lastMinute(ticks: readonly Picture[], told: Picture | undefined): readonly Picture[] {
  if (told === undefined || ticks.length >= FEW_TICKS) return ticks.slice(-MINUTE_TICKS);
  return [told, ...ticks.filter(({ at }) => at > told.at)];
}

/** What ended in some ticks. */
export interface Sum {
  readonly seconds: number;
  readonly answered: number;
  readonly failed: number;
  readonly degraded: number;
  readonly alternate: number;
  /** Refused at a provider's limit. */
  readonly shed: number;
  /** Refused because the gateway itself was full; they are among the failed. */
  readonly refused: number;
  readonly retries: number;
  readonly hedges: number;
  readonly continuations: number;
  readonly rungs: Readonly<Record<string, number>>;
}

/** Adds up ticks. */
export function sum(ticks: readonly Picture[]): Sum {
  let milliseconds = 0;
  let answered = 0;
  let failed = 0;
  let degraded = 0;
  let shed = 0;
  let refused = 0;
  let retries = 0;
  let hedges = 0;
  let continuations = 0;
  const rungs: Record<string, number> = {};
  for (const tick of ticks) {
    milliseconds += tick.periodMs;
    answered += answeredOf(tick.requests);
    failed += failedOf(tick.requests) + refusedOf(tick);
    refused += refusedOf(tick);
    degraded += tick.requests.degraded;
    retries += tick.spend.retries;
    hedges += tick.spend.hedges;
    continuations += tick.spend.continuations;
    for (const count of Object.values(tick.shed)) shed += count;
    for (const [rung, count] of Object.entries(tick.requests.rungs)) rungs[rung] = (rungs[rung] ?? 0) + count;
  }
  return {
    ...{ seconds: milliseconds / 1000, answered, failed, degraded, shed, refused, rungs },
    ...{ alternate: rungs.alternate ?? 0, retries, hedges, continuations },
  };
}
