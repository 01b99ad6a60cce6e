import { systemClock } from "@tideover/gateway";
import {
  type Arrival,
  arrivalsOf,
  type ProviderServers,
  type Scenario,
  startProviderServers,
} from "@tideover/simulator";
import { type Asking, askOnce, type Verdict } from "./caller.ts";

/** Shares of all calls, 0 to 1. */
export interface Shares {
  readonly calls: number;
  readonly live: number;
  readonly degraded: number;
  readonly flagged: number;
  readonly failed: number;
  readonly wrong: number;
}

/** Something that callers can be pointed at, with providers of its own behind it. */
export interface System {
  readonly name: string;
  /** Starts it before the providers. @returns how to ask it */
  open(providers: ProviderServers): Promise<Asking & AsyncDisposable>;
}

/** Plays a scenario in real time on real sockets: every request at its time, each answer read to its end. */
export async function play(system: System, scenario: Scenario, seed: number): Promise<Shares> {
  const providers = await startProviderServers(scenario.providers, systemClock, seed);
  try {
    await using asking = await system.open(providers);
    const verdicts = await askAll(asking, arrivalsOf(scenario, { seed }), scenario.callers.model);
    return sharesOf(verdicts);
  } finally {
    await providers.close();
  }
}

function askAll(asking: Asking, arrivals: readonly Arrival[], model: string): Promise<Verdict[]> {
  return Promise.all(
    arrivals.map(async (arrival, index) => {
      await new Promise((resolve) => setTimeout(resolve, arrival.atMs));
      return askOnce(asking, index, arrival, model);
    }),
  );
}

function sharesOf(verdicts: readonly Verdict[]): Shares {
  const share = (wanted: Verdict) => verdicts.filter((verdict) => verdict === wanted).length / verdicts.length;
  return {
    calls: verdicts.length,
    live: share("live"),
    degraded: share("degraded"),
    flagged: share("flagged"),
    failed: share("failed"),
    wrong: share("wrong"),
  };
}
