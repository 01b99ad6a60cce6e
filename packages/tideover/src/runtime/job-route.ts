import type { ResolvedRoute } from "../config/resolved-config.ts";
import type { LimitState } from "../engine/layers/limit/limit-state.ts";
import type { JobRoute, RouteLoad } from "../jobs/index.ts";
import { upstreamModel } from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";
import type { RouteParts } from "./route-parts.ts";
import { jobService } from "./route-service.ts";

/** Calls at once that a provider without a limit is taken to bear. */
const UNLIMITED = 1_000;

/** How the jobs of a route are run; undefined where it gives no tickets. */
export function jobRoute(route: ResolvedRoute, parts: RouteParts): JobRoute | undefined {
  if (!route.ladder.some(({ kind }) => kind === "ticket")) return undefined;
  const states = route.ladder.flatMap((rung) =>
    rung.kind === "provider" ? (parts.providers.get(rung.provider) ?? []) : [],
  );
  return {
    name: route.name,
    service: jobService(route, parts),
    limit: (model) => states.reduce((sum, state) => sum + limitOf(state, model), 0),
    load: (model) => loadOf(states, model),
  };
}

/**
 * How many calls a provider bears at once now; 0 while its breakers let nothing through. While it is on trial, after an
 * outage, the few places belong to callers: a job finds out whether it is back only where nobody else does.
 */
function limitOf({ definition, accounts, breakers, limits }: ProviderState, requested: string): number {
  const model = upstreamModel(definition, requested);
  let sum = 0;
  for (const { account } of accounts) {
    const breaker = breakers?.get(account.quota, model);
    if (breaker !== undefined && !breaker.steady) {
      if (breaker.refusal() === undefined && breaker.inFlight === 0) sum += 1;
      continue;
    }
    sum += limits?.get(account.quota, model).snapshot().limit ?? UNLIMITED;
  }
  return sum;
}

/** How a route's providers are doing, as far as they are measured: of several, the busiest tells. */
function loadOf(states: readonly ProviderState[], requested: string): RouteLoad | undefined {
  let inFlight = 0;
  let busiest: { readonly limit: LimitState; readonly slowness: number; readonly inFlight: number } | undefined;
  for (const { definition, accounts, limits } of states) {
    if (limits === undefined) continue;
    for (const { account } of accounts) {
      const limit = limits.get(account.quota, upstreamModel(definition, requested));
      const { slowness } = limit;
      const own = limit.snapshot().inFlight;
      inFlight += own;
      if (slowness !== undefined && own >= (busiest?.inFlight ?? 0)) busiest = { limit, slowness, inFlight: own };
    }
  }
  if (busiest === undefined) return undefined;
  const { limit, slowness, inFlight: own } = busiest;
  const elsewhere = inFlight - own;
  return {
    inFlight,
    slowness,
    knee() {
      const knee = limit.knee();
      return knee === undefined ? undefined : knee + elsewhere;
    },
  };
}
