export { frontRoutes } from "./front-routes.ts";
export { platformClock, platformIds, platformRandom } from "./platform.ts";
export type { ProviderState } from "./provider-state.ts";
export type { CompileCondition } from "./route-service.ts";
export { createRuntime, type Runtime, type RuntimeParts, type RuntimeRoute } from "./runtime.ts";
