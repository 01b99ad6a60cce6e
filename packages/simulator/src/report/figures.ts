import type { RungName } from "tideover/engine";
import { attemptsOf, type CallRecord, lastTry, type TryRecord } from "../scenario/call-record.ts";
import type { ScenarioResult } from "../scenario/scenario-result.ts";
import { quantile, share } from "./quantile.ts";
import { recoveryMs } from "./recovery.ts";

/** A first token later than this is no live answer any more, ms (performance page: "live within 10 s TTFT"). */
export const LIVE_TTFT_MS = 10_000;

/** What a run comes down to. Shares are of all calls, 0 to 1; times in ms. */
export interface Figures {
  readonly calls: number;
  /** Whole live answers whose first token came within {@link LIVE_TTFT_MS} of the arrival. */
  readonly live: number;
  /** Right or degraded answers that began (unstreamed: ended) before the deadline. */
  readonly answered: number;
  readonly degraded: number;
  /** The answer broke off and the caller was told. */
  readonly flagged: number;
  readonly failed: number;
  /** The caller went away before anything came. */
  readonly left: number;
  /** Calls, not a share: passed off as whole and not so. Must be 0. */
  readonly wrong: number;
  /** Attempts by call, over all providers. */
  readonly attemptsPerCall: number;
  /** Attempts by provider and call that asked it. */
  readonly attemptsPerProvider: Readonly<Record<string, number>>;
  /** Share of the tokens that the providers sent which reached nobody in a right answer. */
  readonly wastedTokens: number;
  /** First token, over the right live answers; NaN when there is none. */
  readonly ttftP50Ms: number;
  readonly ttftP99Ms: number;
  /** From the end of the trouble until the live share is back at 95% of what it was before; Infinity: never. */
  readonly recoveryMs: number | undefined;
  /** Answers by rung: calls. */
  readonly rungs: Readonly<Partial<Record<RungName, number>>>;
}

/** Condenses a run. */
export function figuresOf(result: ScenarioResult): Figures {
  const { calls } = result;
  const total = calls.length;
  const verdicts = (wanted: TryRecord["verdict"]) => calls.filter((call) => lastTry(call).verdict === wanted).length;
  const ttfts = calls.filter(isRightLive).map(ttftOf);
  const sent = Object.values(result.providers).reduce((sum, { tokensSent }) => sum + tokensSent, 0);
  const useful = calls.reduce((sum, call) => sum + lastTry(call).tokens, 0);
  return {
    calls: total,
    live: share(calls.filter(isLiveInTime).length, total),
    answered: share(calls.filter(isAnsweredInTime).length, total),
    degraded: share(verdicts("degraded"), total),
    flagged: share(verdicts("flagged"), total),
    failed: share(verdicts("failed"), total),
    left: share(verdicts("left"), total),
    wrong: verdicts("truncated") + verdicts("garbled"),
    attemptsPerCall: share(
      calls.reduce((sum, call) => sum + attemptsOf(call).length, 0),
      total,
    ),
    attemptsPerProvider: attemptsPerProvider(calls),
    wastedTokens: share(Math.max(0, sent - useful), sent),
    ttftP50Ms: quantile(ttfts, 0.5),
    ttftP99Ms: quantile(ttfts, 0.99),
    recoveryMs: recoveryMs(result),
    rungs: rungsOf(calls),
  };
}

/** From the arrival to the first content, ms. */
export function ttftOf(call: CallRecord): number {
  return (lastTry(call).firstContentAt ?? Number.NaN) - call.arrivedAt;
}

function isRightLive(call: CallRecord): boolean {
  return lastTry(call).verdict === "right";
}

/** A whole, right, undegraded answer whose first token came within {@link LIVE_TTFT_MS}. */
export function isLiveInTime(call: CallRecord): boolean {
  return isRightLive(call) && firstTokenMs(call) <= LIVE_TTFT_MS;
}

/**
 * The first token from the arrival on, ms: an unstreamed caller never sees it, so the answering attempt's counts.
 */
function firstTokenMs(call: CallRecord): number {
  if (call.streamed) return ttftOf(call);
  const committed = lastTry(call).attempts.findLast(({ committedAt }) => committedAt !== undefined);
  return (committed?.committedAt ?? Number.POSITIVE_INFINITY) - call.arrivedAt;
}

function isAnsweredInTime(call: CallRecord): boolean {
  const { verdict, firstContentAt, endedAt } = lastTry(call);
  if (verdict !== "right" && verdict !== "degraded") return false;
  const there = call.streamed ? firstContentAt : endedAt;
  const [first] = call.tries;
  return there !== undefined && first !== undefined && there <= first.deadlineAt;
}

function attemptsPerProvider(calls: readonly CallRecord[]): Record<string, number> {
  const attempts: Record<string, number> = {};
  const asked: Record<string, number> = {};
  for (const call of calls) {
    const entries = attemptsOf(call);
    for (const { provider } of entries) attempts[provider] = (attempts[provider] ?? 0) + 1;
    for (const provider of new Set(entries.map((entry) => entry.provider))) {
      asked[provider] = (asked[provider] ?? 0) + 1;
    }
  }
  return Object.fromEntries(
    Object.entries(attempts).map(([provider, count]) => [provider, count / (asked[provider] ?? 1)]),
  );
}

function rungsOf(calls: readonly CallRecord[]): Partial<Record<RungName, number>> {
  const rungs: Partial<Record<RungName, number>> = {};
  for (const call of calls) {
    const { rung, verdict } = lastTry(call);
    if (rung !== undefined && (verdict === "right" || verdict === "degraded")) rungs[rung] = (rungs[rung] ?? 0) + 1;
  }
  return rungs;
}
