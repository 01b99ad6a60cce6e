import { CACHE_MEMORY_BYTES, type PurgeSelection } from "tideover/engine";
import { callerError } from "tideover/front";
import type { Runtime } from "tideover/runtime";
import { cacheFigures } from "../../metrics/figures.ts";
import { type AdminRequest, type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { type AdminReply, notFound, readQuery } from "../admin-reply.ts";
import type { CacheAnswer } from "../api-types.ts";
import type { Sight } from "../sight.ts";

/** What the cache's room does its work with. */
export interface CacheRoomParts {
  readonly sight: Pick<Sight, "lately">;
  runtime(): Pick<Runtime, "config">;
  /** Removes answers from both levels. @returns how many */
  purge(selection: PurgeSelection): Promise<number>;
  /** Told of a purge that did not reach level two. */
  purgeFailed(error: unknown): void;
}

/** What answers can be purged by. */
const MEMBERS = ["key", "route", "tag", "tenant", "model"] as const;

/**
 * `GET /admin/api/cache`: what the cache did and holds. `DELETE /admin/api/cache?key=|route=|tag=|tenant=|model=` removes
 * the stored answers that match all of what is given, and says how many.
 */
export function cacheRoom(parts: CacheRoomParts): AdminRoom {
  return {
    path: "cache",
    async serve({ method, rest, query }) {
      if (rest.length > 0) return notFound("There is nothing below /admin/api/cache.");
      if (method === "DELETE") return purge(query, parts);
      return method === "GET" ? { json: await cacheAnswer(parts) } : wrongMethod("cache", "GET", "DELETE");
    },
  };
}

async function purge(query: AdminRequest["query"], parts: CacheRoomParts): Promise<AdminReply> {
  const selection = readQuery(query, MEMBERS);
  if (typeof selection === "string") return callerError("invalid_request", selection);
  if (Object.keys(selection).length === 0) {
    return callerError("invalid_request", `Say what to purge: give at least one of ${MEMBERS.join(", ")}.`);
  }
  try {
    return { json: { purged: await parts.purge(selection) } };
  } catch (error) {
    parts.purgeFailed(error);
    const message = "The second level of the cache did not answer; what was in memory is purged. Try again.";
    return callerError("load_shed", message, { retryAfterMs: 1_000 });
  }
}

async function cacheAnswer({ sight, runtime }: CacheRoomParts): Promise<CacheAnswer> {
  const { totals, minute } = await sight.lately();
  const { stores, routes } = runtime().config;
  return {
    cache: cacheFigures(minute),
    total: cacheFigures(totals),
    capacityBytes: stores.cacheMemory ?? CACHE_MEMORY_BYTES,
    store: stores.cache === undefined ? null : withoutPassword(stores.cache),
    routes: routes.map(({ name, cache }) => ({
      route: name,
      when: cache.when,
      freshMs: cache.fresh,
      staleMs: cache.stale,
    })),
  };
}

/** An address without the user and password that it may hold, nor what its query may. */
function withoutPassword(address: string): string {
  // `sqlite`, `memory`: a word, not an address.
  if (!URL.canParse(address)) return /^[a-z]+$/.test(address) ? address : "set";
  const { protocol, host, pathname } = new URL(address);
  return host === "" ? protocol : `${protocol}//${host}${pathname}`;
}
