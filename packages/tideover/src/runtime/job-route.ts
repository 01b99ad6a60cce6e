import type { ResolvedRoute } from "../config/resolved-config.ts";
import type { JobRoute } from "../jobs/index.ts";
import { upstreamModel } from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";
import { jobService, type RouteParts } from "./route-service.ts";

/** Calls at once that a provider without a limit is taken to bear. */
const UNLIMITED = 1_000;

/** How the jobs of a route are run; undefined where it gives no tickets or nobody keeps any. */
export function jobRoute(route: ResolvedRoute, parts: RouteParts): JobRoute | undefined {
  if (parts.desk === undefined || !route.ladder.some(({ kind }) => kind === "ticket")) return undefined;
  const states = route.ladder.flatMap((rung) =>
    rung.kind === "provider" ? (parts.providers.get(rung.provider) ?? []) : [],
  );
  return {
    name: route.name,
    service: jobService(route, parts),
    limit: (model) => states.reduce((sum, state) => sum + limitOf(state, model), 0),
  };
}

/** How many calls a provider bears at once now; 0 while its breakers let nothing through. */
function limitOf({ definition, accounts, breakers, limits }: ProviderState, requested: string): number {
  const model = upstreamModel(definition, requested);
  let sum = 0;
  for (const { account } of accounts) {
    if (breakers?.get(account.quota, model).refusal() !== undefined) continue;
    sum += limits?.get(account.quota, model).snapshot().limit ?? UNLIMITED;
  }
  return sum;
}
