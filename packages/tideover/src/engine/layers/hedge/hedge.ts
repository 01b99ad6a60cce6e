import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { estimateTokens, promptTokens } from "../../estimate-tokens.ts";
import { failure } from "../../failure.ts";
import { endsTheSearch } from "../failover/ends-the-search.ts";
import type { Ask, Asked, FailoverTarget, TakeSecond } from "../failover/failover.ts";
import { HEDGE_BACKGROUND_FROM, HEDGE_FLOOR_MS, HEDGE_LEAST_SAMPLES } from "./defaults.ts";
import type { HedgeTerms } from "./hedge-terms.ts";
import { Leg } from "./leg.ts";

/** When a second provider is asked beside the first. */
export interface HedgeOptions {
  /** So many ms without content, or this quantile (0.95 for the p95) of the provider's own times to first token. */
  readonly after: { readonly ms: number } | { readonly quantile: number };
}

/**
 * Asks a second provider when the first has shown nothing for longer than it nearly always takes; whose first content
 * event comes first has answered, and the other is aborted.
 *
 * It can only help: a failure of the second is forgotten while the first may still answer. It is paid from a budget
 * of its own and from the retry budget, both of the first provider, and it is not done where it would do harm.
 *
 * @throws RangeError for a wait that is not positive or a quantile outside (0, 1), with its value
 */
export function hedge(options: HedgeOptions, environment: EngineEnvironment): Ask {
  validate(options);
  return async (call, target, takeSecond) => {
    const cost = estimateTokens(call.request);
    const now = environment.clock.now();
    const { hedging: terms } = target;
    if (terms !== undefined && isFirstSending(call)) terms.budget?.deposit(now, cost);
    const patienceMs = terms === undefined || !mayBeHedged(call) ? undefined : patience(options, terms, call, now);
    const first = new Leg(call, target, target.service, environment.clock);
    if (terms === undefined || patienceMs === undefined) return [await asked(first)];
    const isSilent = await outlasts(first, patienceMs, environment);
    const second = isSilent ? startSecond(call, target, terms, takeSecond, cost, environment) : undefined;
    if (second === undefined) return [await asked(first)];
    environment.emit?.({
      type: "hedge-started",
      call,
      provider: target.provider,
      to: second.target.provider,
      patienceMs,
    });
    return race(call, first, second, environment);
  };
}

/** What the caller's own client repeats is no traffic that more could be spent on. */
function isFirstSending(call: Call): boolean {
  return call.callerRetries === 0 && !call.extra && call.earlier === undefined;
}

/** Restarts and continuations are extra already, and nobody waits for background work. */
function mayBeHedged(call: Call): boolean {
  return !call.extra && call.earlier === undefined && call.priority < HEDGE_BACKGROUND_FROM;
}

/** How long to wait for the first provider, in ms; undefined while too little is known of it. */
function patience({ after }: HedgeOptions, terms: HedgeTerms, call: Call, nowMs: number): number | undefined {
  if ("ms" in after) return after.ms;
  const window = terms.firstTokens(call);
  if (window === undefined || window.count(nowMs) < HEDGE_LEAST_SAMPLES) return undefined;
  const usual = window.quantile(nowMs, after.quantile);
  return usual === undefined ? undefined : Math.max(HEDGE_FLOOR_MS, usual);
}

/** Whether a leg has no outcome after so many ms. */
async function outlasts(leg: Leg, ms: number, { clock }: EngineEnvironment): Promise<boolean> {
  const silent = Promise.withResolvers<"silent">();
  const timer = clock.schedule(ms, () => silent.resolve("silent"));
  const first = await Promise.race([leg.settled, silent.promise]);
  timer.cancel();
  return first === "silent";
}

/** The second leg, paid for; undefined, with the reason told, where there is to be none. */
function startSecond(
  call: Call,
  first: FailoverTarget,
  terms: HedgeTerms,
  takeSecond: TakeSecond,
  cost: number,
  { clock, emit }: EngineEnvironment,
): Leg | undefined {
  const refuse = (why: "unsteady" | "budget" | "nobody") => {
    emit?.({ type: "hedge-refused", call, provider: first.provider, why });
    return undefined;
  };
  if (call.signal.aborted) return undefined;
  // The probes of a breaker must speak for themselves: whoever wins beside them would keep it half-open for ever.
  if (!terms.isSteady(call)) return refuse("unsteady");
  const budgets = [terms.budget, terms.retryBudget].filter((budget) => budget !== undefined);
  const now = clock.now();
  if (budgets.some((budget) => budget.available(now, cost) < cost)) return refuse("budget");
  const second = takeSecond(({ hedging }) => hedging?.isSteady(call) === true && (!hedging.degraded || terms.degraded));
  if (second?.hedging === undefined) return refuse("nobody");
  for (const budget of budgets) budget.debit(now, cost);
  return new Leg({ ...call, lastChance: false }, second, second.hedging.oneTry, clock);
}

/** The first answer of two legs, or both failures when there is none. The other leg is aborted. */
async function race(call: Call, first: Leg, second: Leg, { emit }: EngineEnvironment): Promise<readonly Asked[]> {
  const decides = async (leg: Leg) => {
    const outcome = await leg.settled;
    return outcome.type !== "failure" || (leg === first && endsTheSearch(outcome)) ? leg : undefined;
  };
  const decisions = [decides(first), decides(second)] as const;
  const winner = (await Promise.race(decisions)) ?? (await decisions[0]) ?? (await decisions[1]);
  const losers = [first, second].filter((leg) => leg !== winner && !leg.failed);
  const lost = failure("cancelled", "hedge-lost", `${winner?.target.provider} was faster.`);
  for (const loser of losers) loser.abandon(lost);
  if (emit !== undefined) {
    void Promise.all([first.settled, second.settled]).then(() => {
      // A loser that was sent has had its prompt read, and that may be charged for.
      const wastedTokens = losers.filter(({ sent }) => sent > 0).length * promptTokens(call.request);
      const answeredBy = winner?.failed === false ? winner.target.provider : undefined;
      emit({ type: "hedge-ended", call, answeredBy, wastedTokens });
    });
  }
  return winner === undefined ? [await asked(first), await asked(second)] : [await asked(winner)];
}

async function asked(leg: Leg): Promise<Asked> {
  return { target: leg.target, lastChance: leg.lastChance, outcome: await leg.settled };
}

function validate({ after }: HedgeOptions): void {
  const isValid = "ms" in after ? after.ms > 0 : after.quantile > 0 && after.quantile < 1;
  if (isValid) return;
  throw new RangeError(`A hedge starts after a time > 0 ms or a quantile in (0, 1), got ${JSON.stringify(after)}`);
}
