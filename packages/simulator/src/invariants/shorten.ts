import { rateAt } from "../arrivals/generate-arrivals.ts";
import type { Scenario } from "../scenario/scenario.ts";

/** The mean rate is taken from so many moments of the run. */
const MOMENTS = 200;

/**
 * The same scenario in less time, so that it has about so many calls: its phases are shortened, the requests and their
 * rate are not, so that the load stays what it is. One that has no more calls stays as it is.
 */
export function shortenTo(scenario: Scenario, calls: number): Scenario {
  const factor = calls / expectedCalls(scenario);
  if (factor >= 1) return scenario;
  const scaled = (ms: number) => ms * factor;
  const { trouble, arrivals } = scenario;
  return {
    ...scenario,
    durationMs: scaled(scenario.durationMs),
    ...(trouble === undefined ? {} : { trouble: { fromMs: scaled(trouble.fromMs), toMs: scaled(trouble.toMs) } }),
    arrivals: {
      ...arrivals,
      spikes: arrivals.spikes.map((spike) => ({ ...spike, fromMs: scaled(spike.fromMs), toMs: scaled(spike.toMs) })),
    },
    providers: Object.fromEntries(
      Object.entries(scenario.providers).map(([name, plan]) => [
        name,
        { ...plan, schedule: plan.schedule.map((change) => ({ ...change, atMs: scaled(change.atMs) })) },
      ]),
    ),
  };
}

/** How many calls a scenario has on average. */
export function expectedCalls({ arrivals, durationMs }: Scenario): number {
  let rate = 0;
  for (let moment = 0; moment < MOMENTS; moment++) rate += rateAt(arrivals, ((moment + 0.5) / MOMENTS) * durationMs);
  return (rate / MOMENTS) * (durationMs / 1_000);
}
