import { CACHE_DEFAULTS, HEDGE_DEFAULTS, RETRY_DEFAULTS, ROUTE_DEFAULTS } from "./defaults.ts";
import { isRungNotYet, rungSkipped } from "./not-yet.ts";
import { formatPath } from "./path.ts";
import type { ResolveScope } from "./resolve-providers.ts";
import type { ResolvedProvider, ResolvedRoute, ResolvedRung } from "./resolved-config.ts";
import type { WrittenConfig, WrittenRoute, WrittenRung } from "./schema/config-schema.ts";
import { withDefaults } from "./with-defaults.ts";

/** The routes with every default filled in; rungs that this version cannot run are left out, with a warning each. */
export function resolveRoutes(
  written: WrittenConfig,
  providers: Readonly<Record<string, ResolvedProvider>>,
  scope: ResolveScope,
): ResolvedRoute[] {
  warnOfUnreachable(written.routes, scope);
  warnOfUnused(written, scope);
  return written.routes.map((route, index) => resolveRoute(route, index, providers, scope));
}

function resolveRoute(
  written: WrittenRoute,
  index: number,
  providers: Readonly<Record<string, ResolvedProvider>>,
  scope: ResolveScope,
): ResolvedRoute {
  const { deadline, gap, connect, total, minRate, resume } = written;
  const { cache, retry, hedge } = written;
  return {
    name: routeName(written, index),
    model: written.model,
    ...withDefaults(ROUTE_DEFAULTS, { deadline, gap, connect, total, minRate, resume }),
    firstToken:
      written.firstToken === undefined || written.firstToken === "auto"
        ? ROUTE_DEFAULTS.firstToken
        : written.firstToken,
    cache: cache === "off" ? { ...CACHE_DEFAULTS, when: "never" } : withDefaults(CACHE_DEFAULTS, cache),
    retry: retry === "off" ? "off" : withDefaults(RETRY_DEFAULTS, retry),
    hedge: hedge === undefined || hedge === "off" ? "off" : withDefaults(HEDGE_DEFAULTS, hedge),
    ladder: resolveLadder(written.ladder, index, providers, scope),
  };
}

/** A route's name: its own, or its place counted from 1. */
export function routeName(route: WrittenRoute, index: number): string {
  return route.name ?? `route-${index + 1}`;
}

function resolveLadder(
  written: readonly WrittenRung[],
  route: number,
  providers: Readonly<Record<string, ResolvedProvider>>,
  { source, known, warnings }: ResolveScope,
): ResolvedRung[] {
  const ladder: ResolvedRung[] = [];
  for (const [index, rung] of written.entries()) {
    const path = ["routes", route, "ladder", index];
    const resolved = resolveRung(rung, providers);
    if ("skipped" in resolved) {
      warnings.push({ path, message: resolved.skipped });
      continue;
    }
    // A skipped rung moves those below it up, so the resolved place alone no longer tells the written one.
    const origin = source.at(path);
    if (origin !== undefined) known.set(formatPath(["routes", route, "ladder", ladder.length]), origin);
    ladder.push(resolved);
  }
  return ladder;
}

/** The name a rung goes by: the provider's, or its kind. */
export function rungName(rung: WrittenRung): string {
  if (typeof rung === "string") return rung;
  if (typeof rung === "function") return "handler";
  return Object.entries(rung).find(([, settings]) => settings !== undefined)?.[0] ?? "";
}

function resolveRung(
  rung: WrittenRung,
  providers: Readonly<Record<string, ResolvedProvider>>,
): ResolvedRung | { readonly skipped: string } {
  const name = rungName(rung);
  if (isRungNotYet(name)) return { skipped: rungSkipped(name) };
  if (typeof rung === "string") {
    if (Object.hasOwn(providers, rung)) return { kind: "provider", provider: rung };
    return { skipped: `\`${rung}\` is skipped, because its preset is not available in this version yet` };
  }
  if (typeof rung === "function") return { kind: "handler", name: rung.name || "handler", handler: rung };
  if (rung.rules !== undefined) return { kind: "rules", rules: rung.rules };
  if (rung.template !== undefined) {
    return { kind: "template", text: rung.template.text, review: rung.template.review ?? false };
  }
  if (rung.handler !== undefined) {
    return { kind: "handler", name: rung.handler.name || "handler", handler: rung.handler };
  }
  return { skipped: rungSkipped(name) };
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
  const used = new Set(routes.flatMap(({ ladder }) => ladder.map(rungName)));
  for (const name of Object.keys(providers ?? {})) {
    if (!used.has(name)) warnings.push({ path: ["providers", name], message: "is on no ladder, so it is never asked" });
  }
}
