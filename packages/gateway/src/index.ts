export { createGateway, type Gateway, type GatewayParts } from "./gateway.ts";
export { createLog, type Log, SILENT_LOG } from "./logging/index.ts";
export type { TotalsSnapshot } from "./metrics/snapshot.ts";
export { ConditionError, compileCondition } from "./rules/compile-condition.ts";
export { type RunningServer, type ServerOptions, ServerStartError, startServer } from "./server/index.ts";
export { systemClock, systemIds, systemRandom } from "./system.ts";
export { createNodeTransport, type NodeTransport, type NodeTransportOptions } from "./transport/index.ts";
