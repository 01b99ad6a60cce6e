import type { RungName } from "tideover/engine";
import { type AttemptEntry, attemptsOf, type CallRecord, lastTry, type TryRecord } from "../scenario/call-record.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { RunSummary, ScenarioResult } from "../scenario/scenario-result.ts";
import { share } from "./quantile.ts";
import { Recovery } from "./recovery.ts";
import { ValueSketch } from "./value-sketch.ts";

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

/** Condenses a run with all its calls at hand. */
export function figuresOf(result: ScenarioResult): Figures {
  const fold = new FiguresFold(result.scenario);
  for (const call of result.calls) fold.add(call);
  return fold.end(result);
}

/** Condenses a run call by call, in memory that does not grow with their number. */
export class FiguresFold {
  readonly #recovery: Recovery;
  readonly #ttfts = new ValueSketch();
  readonly #verdicts = new Map<TryRecord["verdict"], number>();
  readonly #rungs: Partial<Record<RungName, number>> = {};
  /** Attempts, and the calls that had any, by provider. */
  readonly #providers = new Map<string, { attempts: number; calls: number }>();
  #calls = 0;
  #live = 0;
  #answered = 0;
  #attempts = 0;
  #useful = 0;

  constructor(scenario: Scenario) {
    this.#recovery = new Recovery(scenario);
  }

  add(call: CallRecord): void {
    const { verdict, rung, tokens } = lastTry(call);
    this.#recovery.add(call);
    this.#calls++;
    this.#verdicts.set(verdict, this.#verdict(verdict) + 1);
    this.#useful += tokens;
    if (verdict === "right") this.#ttfts.add(ttftOf(call));
    if (isLiveInTime(call)) this.#live++;
    if (isAnsweredInTime(call)) this.#answered++;
    if (rung !== undefined && (verdict === "right" || verdict === "degraded")) {
      this.#rungs[rung] = (this.#rungs[rung] ?? 0) + 1;
    }
    this.#countAttempts(attemptsOf(call));
  }

  end({ providers, endedAt }: RunSummary): Figures {
    const total = this.#calls;
    const sent = Object.values(providers).reduce((sum, { tokensSent }) => sum + tokensSent, 0);
    return {
      calls: total,
      live: share(this.#live, total),
      answered: share(this.#answered, total),
      degraded: share(this.#verdict("degraded"), total),
      flagged: share(this.#verdict("flagged"), total),
      failed: share(this.#verdict("failed"), total),
      left: share(this.#verdict("left"), total),
      wrong: this.#verdict("truncated") + this.#verdict("garbled"),
      attemptsPerCall: share(this.#attempts, total),
      attemptsPerProvider: Object.fromEntries(
        [...this.#providers].map(([name, { attempts, calls }]) => [name, attempts / calls]),
      ),
      wastedTokens: share(Math.max(0, sent - this.#useful), sent),
      ttftP50Ms: this.#ttfts.at(0.5),
      ttftP99Ms: this.#ttfts.at(0.99),
      recoveryMs: this.#recovery.tookMs(endedAt),
      rungs: this.#rungs,
    };
  }

  #verdict(name: TryRecord["verdict"]): number {
    return this.#verdicts.get(name) ?? 0;
  }

  #countAttempts(attempts: readonly AttemptEntry[]): void {
    this.#attempts += attempts.length;
    const seen = new Set<string>();
    for (const { provider } of attempts) {
      const counts = this.#providers.get(provider) ?? { attempts: 0, calls: 0 };
      counts.attempts++;
      if (!seen.has(provider)) counts.calls++;
      seen.add(provider);
      this.#providers.set(provider, counts);
    }
  }
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
  // A kept answer has no attempt: it is there when it is there.
  return (committed?.committedAt ?? lastTry(call).endedAt ?? Number.POSITIVE_INFINITY) - call.arrivedAt;
}

function isAnsweredInTime(call: CallRecord): boolean {
  const { verdict, firstContentAt, endedAt } = lastTry(call);
  if (verdict !== "right" && verdict !== "degraded") return false;
  const there = call.streamed ? firstContentAt : endedAt;
  const [first] = call.tries;
  return there !== undefined && first !== undefined && there <= first.deadlineAt;
}
