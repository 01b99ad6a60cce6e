import { type ArrivalPlan, CONVERSATION_ARRIVALS } from "../../arrivals/arrival.ts";
import type { CallerPlan } from "../../callers/caller-plan.ts";
import type { ProviderCondition, ScenarioConfig } from "../scenario.ts";

/**
 * The sizes that the small scenarios share, so that each fits into about 600 calls. A calm generation holds its slot
 * for some 5 s, so 12 slots serve about 2.4 requests per second; the usual rate is half of that.
 */
export const SMALL_PROVIDER: ProviderCondition & { readonly profile: string } = {
  profile: "calm",
  slots: 12,
  queue: 40,
};

/** Requests as in the conversation trace, 1.2 per second. */
export const SMALL_ARRIVALS: ArrivalPlan = { ...CONVERSATION_ARRIVALS, rate: 1.2 };

/** Callers who take what they are told. */
export const PATIENT_CALLERS: CallerPlan = { model: "deepseek-chat", streamed: 0.75, retries: 0, priorities: [] };

/** A ladder of the given providers with a fixed text at its end. */
export function ladderOf(
  providers: readonly string[],
  more: Partial<ScenarioConfig["routes"][number]> = {},
): ScenarioConfig {
  const template = { text: "The service is busy. Please try again in a few minutes." };
  return {
    providers: {},
    routes: [
      { name: "chat", model: "*", deadline: "60s", firstToken: "10s", ...more, ladder: [...providers, { template }] },
    ],
  };
}
