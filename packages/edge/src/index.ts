export type { EdgeBindings, EdgeConfiguration, EdgePlace } from "./edge-config.ts";
export type { EdgeContext } from "./edge-engine.ts";
export { createEdgeHandler, type EdgeHandler, type EdgeOptions } from "./edge-handler.ts";
export { FlightsObject } from "./flights/flights-object.ts";
export { type ObjectNamespace, objectFlightLedger } from "./flights/object-flight-ledger.ts";
export { kvAnswerStore } from "./stores/kv-answer-store.ts";
export type { KvList, KvNamespace } from "./stores/kv-namespace.ts";
export { redisAnswerStore } from "./stores/redis-answer-store.ts";
export type { RedisOverHttpOptions } from "./stores/redis-over-http.ts";
