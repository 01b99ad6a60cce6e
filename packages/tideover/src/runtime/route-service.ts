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
  type SimilarRung,
  type TenantQuotas,
  template,
  tenantQuota,
} from "../engine/index.ts";
import { FIRST_TOKEN_MS, FIRST_TOKEN_THINKING_MS } from "../engine/layers/attempt/defaults.ts";
import { CONTINUATIONS_PER_REQUEST } from "../engine/layers/resume/defaults.ts";
import {
  canContinue,
  contextTokensFor,
  type ProviderDefinition,
  spliceMembers,
  upstreamModel,
} from "../providers/index.ts";
import { chatContinuation, eventFrom, textAnswerEvents } from "../wire/index.ts";
import { cacheLayer, sharingLayer, similarRung, staleRung } from "./caching.ts";
import { refusalOf, shortened, shortensFor } from "./fitting.ts";
import { askOf, hedgeTerms } from "./hedging.ts";
import type { PerModel } from "./per-model.ts";
import type { ProviderAccount, ProviderState } from "./provider-state.ts";
import { type RouteReviewParts, reviewedTemplate, toldOfAnswers, toldOfTickets } from "./review.ts";
import { budgetLayer, type SpendingParts, spends } from "./spending.ts";
import { thinksFirst } from "./thinks-first.ts";
import { besideLayer, idempotencyLayer, respondAsyncLayer, type TicketParts, ticketRung } from "./tickets.ts";

/** Binds the expression language of rules: a compiled condition, or an error for one that cannot be read. */
export type CompileCondition = (expression: string) => (facts: RuleFacts) => boolean;

/** How long is waited for a first token while too little is learned, in ms: the defaults. */
const UNLEARNED = { chat: FIRST_TOKEN_MS, thinking: FIRST_TOKEN_THINKING_MS };

/** What a route is made from. */
export interface RouteParts extends SpendingParts, TicketParts, RouteReviewParts {
  readonly compileCondition: CompileCondition;
  /** What callers have used of their rates, and which rates a call is under. */
  readonly quotas: TenantQuotas;
  readonly quotaOf: (call: Call) => Quota | undefined;
  readonly chaos?: Chaos | undefined;
  /** Where we are, to prefer accounts that are there too. */
  readonly region?: string | undefined;
}

/** Builds the service of one route: its ladder inside the stack. */
export function routeService(route: ResolvedRoute, parts: RouteParts): Service {
  const { environment } = parts;
  const budgets = budgetLayer(route, parts);
  const repeated = idempotencyLayer(route, parts);
  const asynchronous = respondAsyncLayer(route, parts);
  const likeness = similarOf(route, parts);
  const climb = ladder(routeRungs(route, parts, likeness), environment);
  const caching = cacheLayer(route, parts, toldOfAnswers(parts.inbox, likeness?.remember));
  return compose(
    ROUTE_ORDER,
    {
      observe: observe(environment),
      deadline: deadline(environment.clock),
      "tenant-quota": tenantQuota({ quotas: parts.quotas, quotaOf: parts.quotaOf }, environment),
      ...(caching === undefined ? {} : { cache: caching }),
      ...(repeated === undefined ? {} : { idempotency: repeated }),
      ...(asynchronous === undefined ? {} : { "respond-async": asynchronous }),
      ...(budgets === undefined ? {} : { "cost-budget": budgets }),
    },
    besideLayer(route, deskBeside(route, parts))?.(climb) ?? climb,
  );
}

/** The parts with a desk that also tells the inbox of the jobs that are opened beside answers. */
function deskBeside(route: ResolvedRoute, parts: RouteParts): RouteParts {
  const { desk, inbox } = parts;
  if (desk === undefined || inbox === undefined) return parts;
  return { ...parts, desk: toldOfTickets(desk, route, parts, inbox) };
}

/** The service of a route's jobs: its live groups only. The caller's rate was counted when the job was accepted. */
export function jobService(route: ResolvedRoute, parts: RouteParts): Service {
  const { environment } = parts;
  const budgets = budgetLayer(route, parts);
  const live = { ...route, ladder: route.ladder.filter(({ kind }) => kind === "provider") };
  // What a job answers is kept for those who ask the same later.
  const caching = cacheLayer(route, parts, toldOfAnswers(parts.inbox));
  return compose(
    ROUTE_ORDER,
    {
      observe: observe(environment),
      deadline: deadline(environment.clock),
      ...(caching === undefined ? {} : { cache: caching }),
      ...(budgets === undefined ? {} : { "cost-budget": budgets }),
    },
    ladder(routeRungs(live, parts), environment),
  );
}

/** The ladder's rungs; every run of consecutive providers becomes one live group. */
function routeRungs(route: ResolvedRoute, parts: RouteParts, likeness?: SimilarRung): Rung[] {
  const rungs: Rung[] = [];
  let group: FailoverTarget[] = [];
  let isFirstProvider = true;
  const closeGroup = () => {
    if (group.length === 0) return;
    const name = group.map((target) => target.provider).join(" > ");
    const sharing = sharingLayer(route, name, followersPatience(route), parts);
    const layers = {
      resume: resume(resumeOptions(route), parts.environment),
      ...(sharing === undefined ? {} : { "single-flight": sharing }),
    };
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
      rungs.push({ ...lowerRung(rung, route, parts, likeness), standsIn: true });
    }
  }
  closeGroup();
  return rungs;
}

/** The route's similar rung, undefined where its ladder has none or nothing is stored. */
function similarOf(route: ResolvedRoute, parts: RouteParts): SimilarRung | undefined {
  const rung = route.ladder.find(({ kind }) => kind === "similar");
  if (rung?.kind !== "similar") return undefined;
  return similarRung(rung, route, providerTarget(rung.provider, route, false, parts).service, parts);
}

function lowerRung(
  rung: Exclude<ResolvedRung, { kind: "provider" }>,
  route: ResolvedRoute,
  parts: RouteParts,
  likeness: SimilarRung | undefined,
): Rung {
  switch (rung.kind) {
    case "ticket":
      return ticketRung(rung, route, parts);
    case "stale":
      return staleRung(rung, route, parts);
    case "similar":
      return {
        name: "similar",
        slow: false,
        takes: () => likeness !== undefined,
        service: likeness?.service ?? noRung,
      };
    default:
      return lastResort(rung, route, parts);
  }
}

/** How long another process's answer is waited for: as long as a provider's would be. */
function followersPatience({ firstToken, gap: gapMs }: ResolvedRoute) {
  const usual = typeof firstToken === "object" ? firstToken : UNLEARNED;
  return ({ request }: Call) => {
    if (typeof firstToken === "number") return { firstMs: firstToken, gapMs };
    return { firstMs: thinksFirst(request) ? usual.thinking : usual.chat, gapMs };
  };
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
    // An answer that a full provider began is not finished by a lesser one, unless the route says so.
    continues: (call: Call) =>
      (!definition.degraded || route.resumeDegraded === true) && canContinue(definition, call.request),
    spends: (call: Call) => spends(definition, call, environment.clock.wallTime()),
    contextTokens: (call: Call) =>
      shortensFor(route, definition) ? Number.POSITIVE_INFINITY : contextTokensFor(definition, call.request.model),
    ...refusalOf(route, definition),
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
  { environment, chaos, region }: RouteParts,
) {
  const { definition, breakers, limits } = state;
  const { firstToken } = route;
  const usual = typeof firstToken === "object" ? firstToken : UNLEARNED;
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
  const fitting = shortensFor(route, definition) ? shortened(adapter, state) : adapter;
  const chaotic = chaos?.around(definition.name, fitting) ?? fitting;
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

/** The service of a rung that takes no call. */
const noRung: Service = () => {
  throw new Error("A rung that takes no call was asked.");
};

function lastResort(
  rung: Exclude<ResolvedRung, { kind: "provider" | "ticket" | "stale" | "similar" }>,
  route: ResolvedRoute,
  parts: RouteParts,
): Rung {
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
      if (rung.review && parts.inbox !== undefined) {
        return reviewedTemplate(rung, route, parts, parts.inbox, composeText);
      }
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
