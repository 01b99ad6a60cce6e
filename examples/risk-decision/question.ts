import type { Payment, Verdict } from "./payment.ts";

/**
 * The chat request for a payment: one word is asked for, so that the first token is the decision. `metadata` is for
 * the rungs in this process; Tideover takes it out of what goes to a provider that would refuse it.
 */
export function question(payment: Payment, model: string) {
  const { note, ...facts } = payment;
  return {
    model,
    max_tokens: 4,
    temperature: 0,
    messages: [
      { role: "system", content: "You judge payments. Answer with one word: approve or decline." },
      { role: "user", content: `${JSON.stringify(facts)}\nThe customer wrote: ${JSON.stringify(note)}` },
    ],
    metadata: { payment: JSON.stringify(payment) },
  };
}

/** The payment that a request is about. @throws for a request that this example did not make */
export function paymentIn(request: { readonly metadata?: unknown }): Payment {
  const { payment } = request.metadata as { readonly payment: string };
  return JSON.parse(payment) as Payment;
}

/** The verdict in an answer's text; undefined where it gives none. */
export function verdictIn(text: unknown): Verdict | undefined {
  const [word] = typeof text === "string" ? (/\b(approve|decline)\b/i.exec(text) ?? []) : [];
  const verdict = word?.toLowerCase();
  return verdict === "approve" || verdict === "decline" ? verdict : undefined;
}
