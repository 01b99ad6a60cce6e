import type { ResolvedRoute, ResolvedRung, RungRule } from "../config/resolved-config.ts";
import {
  ACCOUNT_ORDER,
  type AttemptOptions,
  attempt,
  balance,
  type Call,
  type Chaos,
  type ComposeAnswer,
  circuitBreaker,
  compose,
  deadline,
  type EngineEnvironment,
  type FailoverTarget,
  failover,
  GROUP_ORDER,
  handler,
  type Layer,
  ladder,
  limit,
  type Origin,
  observe,
  PROVIDER_ORDER,
  type Quota,
  type ResumeOptions,
  ROUTE_ORDER,
  type Rule,
  type RuleFacts,
  type Rung,
  resume,
  retry,
  rules,
  type Service,
  type TenantQuotas,
  template,
  tenantQuota,
} from "../engine/index.ts";
import { CONTINUATIONS_PER_REQUEST } from "../engine/layers/resume/defaults.ts";
import { canContinue, modelFacts, type ProviderDefinition, spliceMembers, upstreamModel } from "../providers/index.ts";
import { chatContinuation, eventFrom, textAnswerEvents } from "../wire/index.ts";
import { askOf, hedgeTerms } from "./hedging.ts";
import type { PerModel } from "./per-model.ts";
import type { ProviderAccount, ProviderState } from "./provider-state.ts";
import { thinksFirst } from "./thinks-first.ts";

/** Binds the expression language of rules: a compiled condition, or an error for one that cannot be read. */
export type CompileCondition = (expression: string) => (facts: RuleFacts) => boolean;

/** What a route is made from. */
export interface RouteParts {
  readonly environment: EngineEnvironment;
  readonly providers: ReadonlyMap<string, ProviderState>;
  readonly compileCondition: CompileCondition;
  /** What callers have used of their rates, and which rates a call is under. */
  readonly quotas: TenantQuotas;
  readonly quotaOf: (call: Call) => Quota | undefined;
  readonly chaos?: Chaos | undefined;
}

/** Builds the service of one route: its ladder inside the stack. */
export function routeService(route: ResolvedRoute, parts: RouteParts): Service {
  const { environment } = parts;
  return compose(
    ROUTE_ORDER,
    {
      observe: observe(environment),
      deadline: deadline(environment.clock),
      "tenant-quota": tenantQuota({ quotas: parts.quotas, quotaOf: parts.quotaOf }, environment),
    },
    ladder(routeRungs(route, parts), environment),
  );
}

/** The ladder's rungs; every run of consecutive providers becomes one live group. */
function routeRungs(route: ResolvedRoute, parts: RouteParts): Rung[] {
  const rungs: Rung[] = [];
  let group: FailoverTarget[] = [];
  let isFirstProvider = true;
  const closeGroup = () => {
    if (group.length === 0) return;
    const name = group.map((target) => target.provider).join(" > ");
    const layers = { resume: resume(resumeOptions(route), parts.environment) };
    rungs.push({
      name,
      slow: true,
      service: compose(GROUP_ORDER, layers, failover(group, askOf(route, parts.environment))),
    });
    group = [];
  };
  for (const rung of route.ladder) {
    if (rung.kind === "provider") {
      group.push(providerTarget(rung.provider, route, isFirstProvider, parts));
      isFirstProvider = false;
    } else {
      closeGroup();
      rungs.push(lastResort(rung, parts));
    }
  }
  closeGroup();
  return rungs;
}

function resumeOptions({ resume: mode, total }: ResolvedRoute): ResumeOptions {
  const writing = { exactOnly: mode === "exact", rewrite: spliceMembers };
  return {
    continuation: mode === "off" ? undefined : chatContinuation(writing),
    perRequest: CONTINUATIONS_PER_REQUEST,
    totalMs: total,
  };
}

function providerTarget(name: string, route: ResolvedRoute, isFirst: boolean, parts: RouteParts): FailoverTarget {
  const { environment, providers } = parts;
  const state = providers.get(name);
  if (state === undefined) throw new Error(`Route ${route.name} names the provider ${name}, which is not configured.`);
  const { definition } = state;
  const isLocal = definition.preset.local && definition.degraded;
  const rung = isLocal ? "local" : isFirst ? "live" : "alternate";
  const origin: Origin = { rung, provider: name, degraded: definition.degraded };
  const accounts = state.accounts.map((account) => accountTarget(account, state, route, origin, parts));
  const balanced = balance(name, accounts, environment);
  return {
    provider: name,
    available: balanced.available,
    // An answer that a full provider began is not finished by a lesser one.
    continues: (call: Call) => !definition.degraded && canContinue(definition, call.request),
    contextTokens: (call: Call) => modelFacts(definition, call.request.model)?.contextTokens,
    hedging: hedgeTerms(route, state, balanced),
    service: compose(
      PROVIDER_ORDER,
      route.retry === "off" ? {} : { retry: retry(retryOptions(name, route.retry, state), environment) },
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
  { environment, chaos }: RouteParts,
) {
  const { definition, breakers, limits } = state;
  const { firstToken } = route;
  const firstTokenMs = (call: Call) => {
    if (typeof firstToken === "number") return firstToken;
    return thinksFirst(call.request) ? firstToken.thinking : firstToken.chat;
  };
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
  const layers: Partial<Record<"circuit-breaker" | "limit", Layer>> = {};
  if (breakers !== undefined) {
    const breakerFor = (call: Call) => of(breakers, call);
    layers["circuit-breaker"] = circuitBreaker({ provider: definition.name, breakerFor, counts: breakers.counts });
  }
  if (limits !== undefined) {
    const limitFor = (call: Call) => of(limits, call);
    layers.limit = limit({ limitFor, firstTokenMs, measuresFirstToken: showsFirstToken(definition) });
  }
  return {
    state: accountState,
    available: (call: Call) => breakers === undefined || of(breakers, call).refusal() === undefined,
    isSteady: (call: Call) =>
      (breakers === undefined || of(breakers, call).state === "closed") &&
      (limits === undefined || !of(limits, call).snapshot().underPressure),
    service: compose(ACCOUNT_ORDER, layers, attempt(chaotic, options, environment)),
  };
}

/** Whether a call's answer shows when its first token came: a document read in one piece does not. */
function showsFirstToken({ upstream }: ProviderDefinition): (call: Call) => boolean {
  return ({ request }) => request.operation !== "embeddings" && (request.stream || upstream === "stream");
}

function lastResort(rung: Exclude<ResolvedRung, { kind: "provider" }>, parts: RouteParts): Rung {
  const composeText = composeAnswer(parts.environment);
  switch (rung.kind) {
    case "rules":
      return {
        name: "rules",
        slow: false,
        service: rules(
          rung.rules.map((rule) => bindRule(rule, parts)),
          composeText,
        ),
      };
    case "template":
      return { name: "template", slow: false, service: template(rung.text, composeText) };
    case "handler":
      return {
        name: rung.name,
        slow: true,
        service: handler(rung.handler, composeText, (answer) => eventFrom(answer, true)),
      };
  }
}

function bindRule({ when, answer }: RungRule, { compileCondition }: RouteParts): Rule {
  if (typeof when === "function") return { name: when.name || "function", answer, matches: when };
  return { name: when, answer, matches: compileCondition(when) };
}

/** A text in the form that the call asked for. */
function composeAnswer({ clock }: EngineEnvironment): ComposeAnswer {
  return (call, text, operation) =>
    textAnswerEvents({
      id: `tideover-${call.id}`,
      created: Math.floor(clock.wallTime() / 1_000),
      model: call.request.model,
      text,
      stream: call.request.stream,
      operation,
    });
}
