import type { ResolvedRoute, ResolvedRung } from "../config/resolved-config.ts";
import {
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
  tenantQuota,
} from "../engine/index.ts";
import { CONTINUATIONS_PER_REQUEST } from "../engine/layers/resume/defaults.ts";
import { spliceMembers } from "../providers/index.ts";
import { chatContinuation } from "../wire/index.ts";
import { cacheLayer, sharingLayer, similarRung, staleRung } from "./caching.ts";
import { usualFirstToken } from "./first-token.ts";
import { askOf } from "./hedging.ts";
import { lastResort } from "./last-resort.ts";
import { providerTarget } from "./provider-target.ts";
import { toldOfAnswers, toldOfTickets } from "./review.ts";
import type { RouteParts } from "./route-parts.ts";
import { budgetLayer } from "./spending.ts";
import { thinksFirst } from "./thinks-first.ts";
import { besideLayer, idempotencyLayer, respondAsyncLayer, ticketRung } from "./tickets.ts";

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
