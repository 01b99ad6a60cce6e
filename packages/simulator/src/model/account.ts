/** Concurrency that DeepSeek documents for an account in good standing, in calls. */
const DOCUMENTED_CONCURRENCY = { flash: 2_500, pro: 500 };

/**
 * Limits that users with little money left reported (5, 7, 25, 39, at least 200); the balances they belong to are
 * our guess. Balance in the account's currency.
 */
const LIMITS_BY_BALANCE: readonly { readonly below: number; readonly limit: number }[] = [
  { below: 1, limit: 5 },
  { below: 2, limit: 7 },
  { below: 10, limit: 25 },
  { below: 20, limit: 39 },
  { below: 100, limit: 200 },
];

/** How many calls of one account may be open at a time, queued ones included. */
export function concurrencyLimit(balance: number, model: string): number {
  const full = model.includes("pro") ? DOCUMENTED_CONCURRENCY.pro : DOCUMENTED_CONCURRENCY.flash;
  return LIMITS_BY_BALANCE.find((step) => balance < step.below)?.limit ?? full;
}
