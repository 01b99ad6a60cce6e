import { answer, createTideover, type Tideover } from "tideover";
import { decideByModel } from "./backup-model.ts";
import type { Payment, Verdict } from "./payment.ts";
import { paymentIn, question, verdictIn } from "./question.ts";
import { decideByRules } from "./rules.ts";

/** By when a payment must be decided, in ms. */
export const DECIDE_WITHIN_MS = 200;
/** When the language model is given up, in ms: what is left is for the backup, and for a busy machine. */
export const GIVE_UP_AFTER_MS = 140;

/** Who decided: the rules, the language model, or the backup in its place. */
export type Source = "rules" | "model" | "backup";

/** A payment's decision. */
export interface Decision {
  readonly payment: Payment;
  readonly verdict: Verdict;
  readonly source: Source;
}

/** Decides payments. */
export interface Decider {
  /** Always decides; never rejects. */
  decide(payment: Payment): Promise<Decision>;
  /**
   * What the language model itself says, however long it takes: for reconciliation, never for a payment that waits.
   * @throws while it says nothing
   */
  judgeLater(payment: Payment): Promise<Verdict>;
}

/** Makes a decider over a language model. @param baseUrl where it is, as an OpenAI client would be told */
export function createDecider(baseUrl: string): Decider {
  const tideover = createTideover({
    providers: {
      judge: { preset: "openai-compatible", baseUrl, apiKey: "stand-in", breaker: { consecutive: 5, open: "2s" } },
    },
    routes: [
      {
        model: "risk-now",
        deadline: `${DECIDE_WITHIN_MS}ms`,
        firstToken: `${GIVE_UP_AFTER_MS}ms`,
        retry: "off",
        cache: { when: "never" },
        ladder: ["judge", answer((request) => decideByModel(paymentIn(request)).verdict)],
      },
      { model: "risk-later", deadline: "30s", firstToken: "3s", cache: { when: "never" }, ladder: ["judge"] },
    ],
  });
  return {
    decide: (payment) => decide(tideover, payment),
    async judgeLater(payment) {
      const { verdict } = await ask(tideover, payment, "risk-later");
      return verdict;
    },
  };
}

async function decide(tideover: Tideover, payment: Payment): Promise<Decision> {
  const plain = decideByRules(payment);
  if (plain !== undefined) return { payment, verdict: plain, source: "rules" };
  const giveUp = new AbortController();
  // The ladder has given the model up by then. This is for an answer that begins in time and does not end.
  const timer = setTimeout(() => giveUp.abort(), GIVE_UP_AFTER_MS + 20);
  try {
    const { verdict, rung } = await ask(tideover, payment, "risk-now", giveUp.signal);
    return { payment, verdict, source: rung === "handler" ? "backup" : "model" };
  } catch {
    // Whatever went wrong, a payment is decided; reconciliation tells later whether it was right.
    return { payment, verdict: decideByModel(payment).verdict, source: "backup" };
  } finally {
    clearTimeout(timer);
  }
}

async function ask(
  tideover: Tideover,
  payment: Payment,
  model: string,
  signal: AbortSignal | null = null,
): Promise<{ readonly verdict: Verdict; readonly rung: string }> {
  const response = await tideover.fetch("http://tideover/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(question(payment, model)),
    signal,
  });
  const body = await response.json();
  const verdict = verdictIn(body.choices?.[0]?.message?.content);
  if (verdict === undefined) throw new Error(`No verdict on ${payment.id} (status ${response.status}).`);
  return { verdict, rung: String(body.tideover?.rung) };
}
