import type { Payment, Verdict } from "./payment.ts";

/**
 * The local rules: they decide what is plain, in microseconds, and leave the rest.
 * @returns undefined for a payment that is not plain
 */
export function decideByRules({ amountCents, accountAgeDays, lastHour, sameCountry }: Payment): Verdict | undefined {
  if (lastHour >= 6) return "decline";
  if (!sameCountry && amountCents > 50_000) return "decline";
  if (sameCountry && accountAgeDays > 365 && amountCents < 20_000 && lastHour < 3) return "approve";
  return undefined;
}
