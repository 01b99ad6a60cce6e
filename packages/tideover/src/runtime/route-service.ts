import type { ResolvedRoute, ResolvedRung } from "../config/resolved-config.ts";
import {
  type CacheOptions,
  type Call,
  compose,
  deadline,
  type FailoverTarget,
  failover,
  GROUP_ORDER,
  ladder,
  observe,
  type ResumeOptions,
  ROUTE_ORDER,
  type Rung,
  resume,
  type Service,
  type SimilarRung,
  type TicketDesk,
  tenantQuota,
} from "../engine/index.ts";
import { CONTINUATIONS_PER_REQUEST } from "../engine/layers/resume/defaults.ts";
import { spliceMembers } from "../providers/index.ts";
import { chatContinuation } from "../wire/index.ts";
import { cacheLayer, sharingLayer, staleRung } from "./caching.ts";
import { needed } from "./features.ts";
import { usualFirstToken } from "./first-token.ts";
import { lastResort } from "./last-resort.ts";
import { providerTarget } from "./provider-target.ts";
import type { RouteParts } from "./route-parts.ts";
import { budgetLayer } from "./spending.ts";
import { thinksFirst } from "./thinks-first.ts";

/** Builds the service of one route: its ladder inside the stack. */
export function routeService(route: ResolvedRoute, parts: RouteParts): Service {
  const { environment } = parts;
  const budgets = budgetLayer(route, parts);
  const { desk } = parts;
  const tickets = desk && needed(parts.features, "tickets");
  const repeated = desk && tickets?.idempotencyLayer(route, desk);
  const asynchronous = desk && tickets?.respondAsyncLayer(route, parts, desk);
  const beside = desk && tickets?.besideLayer(route, parts, deskBeside(route, parts, desk));
  const likeness = similarOf(route, parts);
  const climb = ladder(routeRungs(route, parts, likeness), environment);
  const caching = cacheLayer(route, parts, toldOfAnswers(parts, likeness?.remember));
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
    beside?.(climb) ?? climb,
  );
}

/** A desk that also tells the inbox, where there is one, of the jobs that are opened beside answers. */
function deskBeside(route: ResolvedRoute, parts: RouteParts, desk: TicketDesk): TicketDesk {
  const { inbox, features } = parts;
  return inbox === undefined ? desk : needed(features, "review").toldOfTickets(desk, route, parts, inbox);
}

/** What is told of every stored answer: the inbox, too, where there is one. */
function toldOfAnswers({ inbox, features }: RouteParts, others?: CacheOptions["onStored"]): CacheOptions["onStored"] {
  return inbox === undefined ? others : needed(features, "review").toldOfAnswers(inbox, others);
}

/** The service of a route's jobs: its live groups only. The caller's rate was counted when the job was accepted. */
export function jobService(route: ResolvedRoute, parts: RouteParts): Service {
  const { environment } = parts;
  const budgets = budgetLayer(route, parts);
  const live = { ...route, ladder: route.ladder.filter(({ kind }) => kind === "provider") };
  // What a job answers is kept for those who ask the same later.
  const caching = cacheLayer(route, parts, toldOfAnswers(parts));
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
  const { environment, features } = parts;
  const hedging = route.hedge === "off" ? undefined : needed(features, "hedging");
  const closeGroup = () => {
    if (group.length === 0) return;
    const name = group.map((target) => target.provider).join(" > ");
    const sharing = sharingLayer(route, name, followersPatience(route), parts, features);
    const layers = {
      resume: resume(resumeOptions(route), parts.environment),
      ...(sharing === undefined ? {} : { "single-flight": sharing }),
    };
    rungs.push({
      name,
      slow: true,
      service: compose(GROUP_ORDER, layers, failover(group, hedging?.askOf(route, environment))),
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
  const embedder = providerTarget(rung.provider, route, false, parts).service;
  return needed(parts.features, "similarAnswers").rungOf(rung, route, embedder, parts);
}

function lowerRung(
  rung: Exclude<ResolvedRung, { kind: "provider" }>,
  route: ResolvedRoute,
  parts: RouteParts,
  likeness: SimilarRung | undefined,
): Rung {
  switch (rung.kind) {
    case "ticket":
      if (parts.desk === undefined) return { name: "ticket", slow: false, takes: () => false, service: noRung };
      return needed(parts.features, "tickets").rungOf(rung, route, parts, parts.desk);
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
  const usual = usualFirstToken(firstToken);
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

/** The service of a rung that takes no call. */
const noRung: Service = () => {
  throw new Error("A rung that takes no call was asked.");
};
