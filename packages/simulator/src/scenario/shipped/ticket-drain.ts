import type { Scenario } from "../scenario.ts";
import { ladderOf, PATIENT_CALLERS, SMALL_ARRIVALS, SMALL_PROVIDER } from "./small-town.ts";

/** When the provider is down, and jobs pile up, ms. */
const OUTAGE = { fromMs: 60_000, toMs: 120_000 };

/** The provider is back after an outage, and what piled up meanwhile is worked off beside the callers. */
export const ticketDrain: Scenario = {
  name: "ticket-drain",
  description: "An outage of a minute, in which 200 jobs pile up; they drain beside callers who must not notice.",
  seed: 1,
  durationMs: 420_000,
  trouble: OUTAGE,
  providers: {
    deepseek: {
      start: { ...SMALL_PROVIDER, faults: [] },
      schedule: [
        { atMs: OUTAGE.fromMs, profile: "outage", dead: true },
        { atMs: OUTAGE.toMs, profile: "calm", faults: [] },
      ],
    },
  },
  config: withTickets(ladderOf(["deepseek"])),
  arrivals: SMALL_ARRIVALS,
  callers: PATIENT_CALLERS,
  backlog: { jobs: 200, ...OUTAGE, promptTokens: 1_020, outputTokens: 129 },
};

/** The same ladder with a ticket at its end, which none of the callers asks for. */
function withTickets({ routes, ...others }: Scenario["config"]): Scenario["config"] {
  return { ...others, routes: routes.map((route) => ({ ...route, ladder: [...(route.ladder ?? []), "ticket"] })) };
}
