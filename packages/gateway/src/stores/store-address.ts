import { isRedisAddress, type RedisAddress, readRedisAddress } from "./redis/redis-address.ts";

/** Where answers are kept behind memory. */
export type CacheAddress =
  | { readonly type: "sqlite" }
  | { readonly type: "memory" }
  | { readonly type: "redis"; readonly address: RedisAddress };

/** A store is set to something that cannot be; the message names the setting and says what would be right. */
export class StoreSettingsError extends Error {
  override readonly name = "StoreSettingsError";
}

/** Where answers are kept when nothing is said: in `server.dataDir`. */
const USUAL: CacheAddress = { type: "sqlite" };

/**
 * Reads `stores.cache`: `sqlite`, `memory` (no second level), or an address of Redis.
 * @throws StoreSettingsError without the text, which may hold a password
 */
export function readCacheAddress(text: string | undefined): CacheAddress {
  if (text === undefined || text === "sqlite") return USUAL;
  if (text === "memory") return { type: "memory" };
  if (!isRedisAddress(text)) {
    throw new StoreSettingsError("stores.cache must be sqlite, memory, or an address such as redis://127.0.0.1:6379.");
  }
  const address = readRedisAddress(text);
  if ("problem" in address) throw new StoreSettingsError(`stores.cache ${address.problem}.`);
  return { type: "redis", address };
}
