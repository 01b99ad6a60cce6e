export type { Caching, CachingParts } from "./caching.ts";
export { frontRoutes } from "./front-routes.ts";
export { nextOffPeak } from "./off-peak.ts";
export { platformClock, platformIds, platformRandom } from "./platform.ts";
export type { FindAdapter, ProviderState } from "./provider-state.ts";
export type { CompileCondition } from "./route-service.ts";
export { createRuntime, type Runtime, type RuntimeParts, type RuntimeRoute } from "./runtime.ts";
