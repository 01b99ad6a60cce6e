import { resolveBudget } from "./budgets.ts";
import {
  CACHE_DEFAULTS,
  HEDGE_DEFAULTS,
  RETRY_DEFAULTS,
  ROUTE_DEFAULTS,
  SIMILAR_THRESHOLD,
  TICKET_DEFAULTS,
} from "./defaults.ts";
import { formatPath } from "./path.ts";
import type { ResolveScope } from "./resolve-providers.ts";
import type { ResolvedRoute, ResolvedRung } from "./resolved-config.ts";
import type { WrittenConfig, WrittenRoute, WrittenRung } from "./schema/config-schema.ts";
import { withDefaults } from "./with-defaults.ts";

/** The routes with every default filled in. */
export function resolveRoutes(written: WrittenConfig, scope: ResolveScope): ResolvedRoute[] {
  warnOfUnreachable(written.routes, scope);
  warnOfUnused(written, scope);
  return written.routes.map((route, index) => resolveRoute(route, index, scope));
}

function resolveRoute(written: WrittenRoute, index: number, scope: ResolveScope): ResolvedRoute {
  const { deadline, gap, connect, total, minRate, resume } = written;
  const { cache, retry, hedge } = written;
  return {
    name: routeName(written, index),
    model: written.model,
    ...withDefaults(ROUTE_DEFAULTS, { deadline, gap, connect, total, minRate, resume }),
    firstToken: written.firstToken ?? ROUTE_DEFAULTS.firstToken,
    cache: cache === "off" ? { ...CACHE_DEFAULTS, when: "never" } : withDefaults(CACHE_DEFAULTS, cache),
    retry: retry === "off" ? "off" : withDefaults(RETRY_DEFAULTS, retry),
    hedge: hedge === undefined || hedge === "off" ? "off" : withDefaults(HEDGE_DEFAULTS, hedge),
    ...(written.resumeDegraded === undefined ? {} : { resumeDegraded: written.resumeDegraded }),
    ...(written.longPrompt === undefined ? {} : { longPrompt: written.longPrompt }),
    ladder: resolveLadder(written.ladder, index, scope),
    ...(written.budget === undefined ? {} : { budget: resolveBudget(written.budget, scope.currencies) }),
  };
}

/** A route's name: its own, or its place counted from 1. */
export function routeName(route: WrittenRoute, index: number): string {
  return route.name ?? `route-${index + 1}`;
}

function resolveLadder(
  written: readonly WrittenRung[],
  route: number,
  { source, known }: ResolveScope,
): ResolvedRung[] {
  return written.map((rung, index) => {
    // A rung is one value, wherever its settings come from.
    const path = ["routes", route, "ladder", index];
    const origin = source.at(path);
    if (origin !== undefined) known.set(formatPath(path), origin);
    return resolveRung(rung);
  });
}

/** The name a rung goes by: the provider's, or its kind. */
export function rungName(rung: WrittenRung): string {
  if (typeof rung === "string") return rung;
  if (typeof rung === "function") return "handler";
  return Object.entries(rung).find(([, settings]) => settings !== undefined)?.[0] ?? "";
}

function resolveRung(rung: WrittenRung): ResolvedRung {
  if (rung === "stale") return { kind: "stale" };
  if (rung === "ticket") return TICKET_DEFAULTS;
  if (typeof rung === "string") return { kind: "provider", provider: rung };
  if (typeof rung === "function") return { kind: "handler", name: rung.name || "handler", handler: rung };
  if (rung.stale !== undefined)
    return withDefaults<Extract<ResolvedRung, { kind: "stale" }>>({ kind: "stale" }, rung.stale);
  if (rung.similar !== undefined) {
    const { provider, model, threshold = SIMILAR_THRESHOLD } = rung.similar;
    return { kind: "similar", provider, model, threshold };
  }
  if (rung.rules !== undefined) return { kind: "rules", rules: rung.rules };
  if (rung.template !== undefined) {
    return { kind: "template", text: rung.template.text, review: rung.template.review ?? false };
  }
  if (rung.ticket !== undefined) return withDefaults(TICKET_DEFAULTS, rung.ticket);
  if (rung.handler !== undefined) {
    return { kind: "handler", name: rung.handler.name || "handler", handler: rung.handler };
  }
  throw new TypeError("A rung of no kind has passed the schema.");
}

/** A route below one that takes every model never gets a request. */
function warnOfUnreachable(routes: readonly WrittenRoute[], { warnings }: ResolveScope): void {
  const catchAll = routes.findIndex(({ model }) => model === "*");
  if (catchAll < 0) return;
  for (let index = catchAll + 1; index < routes.length; index++) {
    const message = `is never used, because routes[${catchAll}] above it takes every model; put it above that one`;
    warnings.push({ path: ["routes", index], message });
  }
}

function warnOfUnused({ providers, routes }: WrittenConfig, { warnings }: ResolveScope): void {
  const used = new Set(
    routes.flatMap(({ ladder }) => ladder.flatMap((rung) => [rungName(rung), embedderOf(rung) ?? ""])),
  );
  for (const name of Object.keys(providers ?? {})) {
    if (!used.has(name)) warnings.push({ path: ["providers", name], message: "is on no ladder, so it is never asked" });
  }
}

/** The provider that a rung has its embeddings from. */
export function embedderOf(rung: WrittenRung): string | undefined {
  return typeof rung === "object" ? rung.similar?.provider : undefined;
}
