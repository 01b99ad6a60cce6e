import type { Payment, Verdict } from "./payment.ts";

/**
 * Weights of a logistic model over five features. They are made up for this example; in life they come from a
 * regression over the payments that people have judged.
 */
const WEIGHTS = { bias: -2.2, amount: 0.55, youth: 1.4, haste: 0.6, abroad: 1.5, channel: 1.8 } as const;
/** Above this risk a payment is declined. */
const DECLINE_ABOVE = 0.5;

/** The backup: small, in this process, always there. It is below the language model, and decides in its place. */
export function decideByModel(payment: Payment): { readonly verdict: Verdict; readonly risk: number } {
  const { amountCents, accountAgeDays, lastHour, sameCountry, note } = payment;
  const score =
    WEIGHTS.bias +
    WEIGHTS.amount * Math.log10(amountCents / 1_000) +
    WEIGHTS.youth / (1 + accountAgeDays / 30) +
    WEIGHTS.haste * lastHour +
    WEIGHTS.abroad * (sameCountry ? 0 : 1) +
    WEIGHTS.channel * (/\bchat\b|other address/.test(note) ? 1 : 0);
  const risk = 1 / (1 + Math.exp(-score));
  return { verdict: risk > DECLINE_ABOVE ? "decline" : "approve", risk };
}
