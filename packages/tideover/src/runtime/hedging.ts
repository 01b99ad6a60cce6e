import type { ResolvedHedge, ResolvedRoute } from "../config/resolved-config.ts";
import {
  type Ask,
  type Balance,
  type Call,
  type EngineEnvironment,
  type HedgeTerms,
  hedge,
  type Service,
  TokenBudget,
} from "../engine/index.ts";
import { HEDGE_BUDGET } from "../engine/layers/hedge/defaults.ts";
import { type ProviderDefinition, upstreamModel } from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";

/** Asking a second provider beside a slow first one. */
export const hedging = { askOf, hedgeTerms };

/** How the providers of a route's group are asked: one by one, or with a second one beside a slow first. */
function askOf({ hedge: resolved }: ResolvedRoute, environment: EngineEnvironment): Ask | undefined {
  if (resolved === "off") return undefined;
  return hedge({ after: startOf(resolved.after) }, environment);
}

function startOf(after: ResolvedHedge["after"]) {
  return typeof after === "number" ? { ms: after } : { quantile: Number(after.slice(1)) / 100 };
}

/**
 * What hedging must know of a provider of a route; undefined where the route has no hedging.
 * @param oneTry asks it once
 */
function hedgeTerms(
  route: ResolvedRoute,
  state: ProviderState,
  balanced: Balance,
  oneTry: Service,
): HedgeTerms | undefined {
  if (route.hedge === "off") return undefined;
  const { definition, firstTokens } = state;
  const { budget } = route.hedge;
  const retryShare = route.retry === "off" ? "off" : route.retry.budget;
  return {
    oneTry,
    degraded: definition.degraded,
    isSteady: balanced.isSteady,
    firstTokens: (call) =>
      showsFirstToken(definition, call)
        ? firstTokens.window(upstreamModel(definition, call.request.model), call.request.bytes.length)
        : undefined,
    budget: budget === "off" ? undefined : new TokenBudget({ ...HEDGE_BUDGET, share: budget }),
    retryBudget: retryShare === "off" ? undefined : state.budget(retryShare),
  };
}

/** Whether the time to the outcome is the time to the first token, and not that of a whole answer in one piece. */
function showsFirstToken({ upstream }: ProviderDefinition, { request }: Call): boolean {
  return request.operation !== "embeddings" && (request.stream || upstream === "stream");
}
