export { readRedisAddress } from "./redis-address.ts";
export { RedisAnswerStore } from "./redis-answer-store.ts";
export { RedisChannels } from "./redis-channels.ts";
export { redisFlightLedger } from "./redis-flight-ledger.ts";
export { RedisLink, type RedisLinkOptions } from "./redis-link.ts";
