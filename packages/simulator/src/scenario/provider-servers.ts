import type { Clock } from "tideover/engine";
import { startUpstreamServer } from "../http/upstream-server.ts";
import type { ProviderPlan } from "./scenario.ts";
import { followSchedule, openingOptions } from "./simulated-providers.ts";
import type { ProviderAddress } from "./strategy.ts";

/** The providers of a scenario on real sockets, in real time. */
export interface ProviderServers {
  readonly all: readonly ProviderAddress[];
  /** Ends their schedules and every connection. */
  close(): Promise<void>;
}

/** Starts the providers of a scenario as servers; their schedules run from now on. */
export async function startProviderServers(
  plans: Readonly<Record<string, ProviderPlan>>,
  clock: Clock,
  seed: number,
): Promise<ProviderServers> {
  const started = await Promise.all(
    Object.entries(plans).map(async ([name, plan]) => {
      const server = await startUpstreamServer({ clock, ...openingOptions(name, plan, seed) });
      return { name, server, timers: followSchedule(server.model, plan, clock) };
    }),
  );
  return {
    all: started.map(({ name, server }) => ({ name, baseUrl: server.url })),
    async close() {
      for (const { timers } of started) for (const timer of timers) timer.cancel();
      await Promise.all(started.map(({ server }) => server.close()));
    },
  };
}
