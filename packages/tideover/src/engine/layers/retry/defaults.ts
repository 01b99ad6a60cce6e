import type { BudgetShape } from "../../kernels/token-budget.ts";

/** Tries of one provider for one request. Google SRE book, "Handling Overload": three per request. */
export const RETRY_ATTEMPTS = 3;
/** First delay, in ms. Between the 1 s that `overloaded` and the 100 ms that `fault` would want. */
export const RETRY_BASE_DELAY_MS = 500;
/** Longest delay, in ms; AWS SDK "standard" mode uses the same 20 s. */
export const RETRY_MAX_DELAY_MS = 20_000;
/** Share of a provider's traffic that retries, restarts, hedges and continuations may cost together. */
export const RETRY_BUDGET_SHARE = 0.1;
/** How far back traffic counts for the budget, in ms: longer than most answers take. */
export const RETRY_BUDGET_WINDOW_MS = 60_000;
/** Average calls per window that are allowed whatever the traffic: one per 10 s, so that a quiet app can retry. */
export const RETRY_BUDGET_RESERVE_CALLS = 6;
/** When a spent budget is worth asking again, in ms: it fills with every call that is sent. */
export const BUDGET_RETRY_AFTER_MS = 1_000;

/** The default budget. */
export const RETRY_BUDGET: BudgetShape = {
  share: RETRY_BUDGET_SHARE,
  windowMs: RETRY_BUDGET_WINDOW_MS,
  reserveCalls: RETRY_BUDGET_RESERVE_CALLS,
};
