import type { FrontOptions } from "../front/index.ts";
import type { RouteModel } from "./offered-models.ts";
import type { Runtime } from "./runtime.ts";

/** The routes of a runtime as the front asks for them. */
export function frontRoutes(runtime: Runtime): Pick<FrontOptions, "findRoute" | "listModels" | "requestsRepeat"> {
  const models = allModels(runtime);
  return {
    findRoute(model) {
      const found = runtime.findRoute(model);
      if (found === undefined) return undefined;
      const { route, service, jobs } = found;
      const names = found.models.map(({ id }) => id);
      return {
        name: route.name,
        service,
        deadlineMs: route.deadline,
        totalMs: route.total,
        models: names,
        givesTickets: jobs !== undefined,
      };
    },
    listModels: () => models,
    requestsRepeat: runtime.caching !== undefined && runtime.routes.some(({ route }) => route.cache.when !== "never"),
  };
}

/** The models of all routes; where two offer the same name, the route that takes it counts. */
function allModels(runtime: Runtime): RouteModel[] {
  return runtime.routes.flatMap((route) => route.models.filter(({ id }) => runtime.findRoute(id) === route));
}
