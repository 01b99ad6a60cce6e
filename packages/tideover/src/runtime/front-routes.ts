import type { ResolvedConfig } from "../config/index.ts";
import { DEFAULT_SETTINGS, type FrontOptions, type FrontRoute, type FrontSettings } from "../front/index.ts";
import type { RouteModel } from "./offered-models.ts";
import type { Runtime, RuntimeRoute } from "./runtime.ts";

/** The routes of a runtime as the front asks for them. */
export function frontRoutes(runtime: Runtime): Pick<FrontOptions, "findRoute" | "listModels" | "requestsRepeat"> {
  const models = allModels(runtime);
  const fronts = new Map(runtime.routes.map((route) => [route, frontRoute(route)]));
  return {
    findRoute(model) {
      const found = runtime.findRoute(model);
      return found === undefined ? undefined : fronts.get(found);
    },
    listModels: () => models,
    requestsRepeat: runtime.caching !== undefined && runtime.routes.some(({ route }) => route.cache.when !== "never"),
  };
}

/** What a configuration says of the HTTP surface. */
export function frontSettings({ server }: ResolvedConfig): FrontSettings {
  return {
    // Whoever opened the server to everyone has other means against foreign pages.
    allowedHosts: server.open ? ["*"] : server.allowedHosts,
    provenance: server.provenance,
    keepAlive: { intervalMs: server.keepAlive.interval, unary: server.keepAlive.unary },
    limits: { bodyBytes: server.limits.body, jsonDepth: DEFAULT_SETTINGS.limits.jsonDepth },
    passthroughKeys: server.passthroughKeys,
  };
}

function frontRoute({ route, service, jobs, models }: RuntimeRoute): FrontRoute {
  return {
    name: route.name,
    service,
    deadlineMs: route.deadline,
    totalMs: route.total,
    models: models.map(({ id }) => id),
    givesTickets: jobs !== undefined,
  };
}

/** The models of all routes; where two offer the same name, the route that takes it counts. */
function allModels(runtime: Runtime): RouteModel[] {
  return runtime.routes.flatMap((route) => route.models.filter(({ id }) => runtime.findRoute(id) === route));
}
