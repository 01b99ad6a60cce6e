import type { ResolvedRoute } from "../config/resolved-config.ts";
import {
  ACCOUNT_ORDER,
  type AttemptOptions,
  attempt,
  balance,
  type Call,
  circuitBreaker,
  compose,
  type FailoverTarget,
  type Layer,
  limit,
  type Origin,
  PROVIDER_ORDER,
  retry,
} from "../engine/index.ts";
import { canContinue, contextTokensFor, type ProviderDefinition, upstreamModel } from "../providers/index.ts";
import { needed } from "./features.ts";
import { usualFirstToken } from "./first-token.ts";
import { fitsFor, refusalOf } from "./fitting.ts";
import { isOnOwnNetwork } from "./own-network.ts";
import type { PerModel } from "./per-model.ts";
import type { ProviderAccount, ProviderState } from "./provider-state.ts";
import type { RouteParts } from "./route-parts.ts";
import { spends } from "./spending.ts";
import { thinksFirst } from "./thinks-first.ts";

/** What a route's failover asks: one provider, with all of its accounts. */
export function providerTarget(
  name: string,
  route: ResolvedRoute,
  isFirst: boolean,
  parts: RouteParts,
): FailoverTarget {
  const { environment, providers, features } = parts;
  const state = providers.get(name);
  if (state === undefined) throw new Error(`Route ${route.name} names the provider ${name}, which is not configured.`);
  const { definition } = state;
  // A smaller model of one's own is neither the route's first live provider nor another one.
  const isLocal = definition.degraded && (definition.preset.local || isOnOwnNetwork(definition.baseUrl));
  const rung = isLocal ? "local" : isFirst ? "live" : "alternate";
  const origin: Origin = { rung, provider: name, degraded: definition.degraded };
  const accounts = state.accounts.map((account) => accountTarget(account, state, route, origin, parts));
  const balanced = balance(name, accounts, environment);
  const fitting = fitsFor(route, definition)
    ? needed(features, "longPrompts").layerOf(route, state, balanced.service, environment)
    : undefined;
  const oneTry = fitting?.(balanced.service) ?? balanced.service;
  return {
    provider: name,
    available: balanced.available,
    // An answer that a full provider began is not finished by a lesser one, unless the route says so.
    continues: (call: Call) =>
      (!definition.degraded || route.resumeDegraded === true) && canContinue(definition, call.request),
    spends: (call: Call) => spends(definition, call, environment.clock.wallTime()),
    contextTokens: (call: Call) =>
      fitsFor(route, definition) ? Number.POSITIVE_INFINITY : contextTokensFor(definition, call.request.model),
    ...refusalOf(route, definition, features),
    hedging: route.hedge === "off" ? undefined : needed(features, "hedging").hedgeTerms(route, state, balanced, oneTry),
    service: compose(
      PROVIDER_ORDER,
      {
        ...(fitting === undefined ? {} : { "long-prompt": fitting }),
        ...(route.retry === "off" ? {} : { retry: retry(retryOptions(name, route.retry, state), environment) }),
      },
      balanced.service,
    ),
  };
}

function retryOptions(provider: string, resolved: Exclude<ResolvedRoute["retry"], "off">, state: ProviderState) {
  return {
    provider,
    attempts: resolved.attempts,
    same: resolved.same,
    baseDelayMs: resolved.baseDelay,
    maxDelayMs: resolved.maxDelay,
    jitter: resolved.jitter,
    budget: resolved.budget === "off" ? undefined : state.budget(resolved.budget),
  };
}

function accountTarget(
  { account, adapter, state: accountState }: ProviderAccount,
  state: ProviderState,
  route: ResolvedRoute,
  origin: Origin,
  { environment, chaos, region }: RouteParts,
) {
  const { definition, breakers, limits } = state;
  const { firstToken } = route;
  const usual = usualFirstToken(firstToken);
  const kindOf = ({ request }: Call, thinks: boolean) =>
    `${upstreamModel(definition, request.model)}${thinks ? " thinking" : ""}`;
  const firstTokenMs = (call: Call) =>
    // Who reads an answer bears a silence of `gap`; where nobody else could finish it, there is nothing to hurry to.
    call.request.continuation !== undefined && call.lastChance
      ? Math.max(route.gap, firstTokenOf(call))
      : firstTokenOf(call);
  const firstTokenOf = (call: Call) => {
    if (typeof firstToken === "number") return firstToken;
    const thinks = thinksFirst(call.request);
    const most = thinks ? usual.thinking : usual.chat;
    return firstToken === "auto" ? state.learned.patienceMs(kindOf(call, thinks), call, most) : most;
  };
  const measured = showsFirstToken(definition);
  const chaotic = chaos?.around(definition.name, adapter) ?? adapter;
  const options: AttemptOptions = {
    provider: definition.name,
    account: account.id,
    origin,
    connectMs: route.connect,
    firstTokenMs,
    gapMs: route.gap,
    totalMs: route.total,
    minRate: route.minRate === "off" ? undefined : (route.minRate.count / route.minRate.perMs) * 1_000,
  };
  const of = <Thing extends { readonly idle: boolean }>(kept: PerModel<Thing>, call: Call) =>
    kept.get(account.quota, upstreamModel(definition, call.request.model));
  const asked = attempt(chaotic, options, environment);
  const learning =
    firstToken === "auto"
      ? state.learned.learnFrom(asked, (call) => (measured(call) ? kindOf(call, thinksFirst(call.request)) : undefined))
      : asked;
  const layers: Partial<Record<"circuit-breaker" | "limit", Layer>> = {};
  if (breakers !== undefined) {
    const breakerFor = (call: Call) => of(breakers, call);
    layers["circuit-breaker"] = circuitBreaker({ provider: definition.name, breakerFor, counts: breakers.counts });
  }
  if (limits !== undefined) {
    const limitFor = (call: Call) => of(limits, call);
    layers.limit = limit({ limitFor, firstTokenMs, measuresFirstToken: measured });
  }
  return {
    state: accountState,
    available: (call: Call) => breakers === undefined || of(breakers, call).refusal() === undefined,
    isSteady: (call: Call) =>
      (breakers === undefined || of(breakers, call).state === "closed") &&
      (limits === undefined || !of(limits, call).snapshot().underPressure),
    weight: account.weight,
    isFar: region !== undefined && account.region !== undefined && account.region !== region,
    service: compose(ACCOUNT_ORDER, layers, learning),
  };
}

/** Whether a call's answer shows when its first token came: a document read in one piece does not. */
function showsFirstToken({ upstream }: ProviderDefinition): (call: Call) => boolean {
  return ({ request }) => request.operation !== "embeddings" && (request.stream || upstream === "stream");
}
