import type { BudgetShape } from "../../kernels/token-budget.ts";

/** How far back first tokens count for a provider's percentiles, in ms: long enough for 100 of them in a quiet hour. */
export const HEDGE_WINDOW_MS = 600_000;
/** Fewest first tokens of a prompt size before a percentile of them means anything: five lie above the p95. */
export const HEDGE_LEAST_SAMPLES = 100;
/** A percentile is never waited for less than this, in ms: below it nobody notices, and a second prefill is not free. */
export const HEDGE_FLOOR_MS = 2_000;
/** Share of a provider's tokens that second attempts may cost. "The Tail at Scale" (Dean, Barroso, CACM 2013) sent 2% more. */
export const HEDGE_BUDGET_SHARE = 0.02;
/** How far back traffic counts for the budget, in ms; the same as for retries. */
export const HEDGE_BUDGET_WINDOW_MS = 60_000;
/** Average calls per window that may be hedged without traffic behind them: one a minute, so that a quiet app can. */
export const HEDGE_BUDGET_RESERVE_CALLS = 1;
/** From this urgency on calls are background work (jobs, warming): nobody waits for their first token. */
export const HEDGE_BACKGROUND_FROM = 6;
/** Windows of one provider at most (by model and prompt size, 18 KiB each); beyond, models share. */
export const MAX_FIRST_TOKEN_WINDOWS = 64;

/** The default budget. */
export const HEDGE_BUDGET: BudgetShape = {
  share: HEDGE_BUDGET_SHARE,
  windowMs: HEDGE_BUDGET_WINDOW_MS,
  reserveCalls: HEDGE_BUDGET_RESERVE_CALLS,
};
