import type { EngineEnvironment } from "../environment.ts";
import type { AnswerCache } from "../layers/cache/answer-cache.ts";
import { mayStandIn } from "../layers/cache/freshness.ts";
import { storedHit } from "../layers/cache/stored-hit.ts";
import type { Service } from "../service.ts";
import { rungFailure } from "./text-answer.ts";

/**
 * Answers with the last good copy of the same request of the same tenant, whatever its age within the route's `stale`,
 * marked as degraded with that age. A caller who said `no-cache`, or how old a copy may be, is heard.
 * @param paceMs between the events of a stream, in ms; 0: all at once
 */
export function stale(cache: AnswerCache, paceMs: number, environment: EngineEnvironment): Service {
  return async (call) => {
    const key = call.cacheKey;
    if (key === undefined) return rungFailure("not-kept", "No copies of this request are kept.");
    const kept = await cache.find(key, call.tenant);
    if (kept === undefined) return rungFailure("not-stored", "No copy of an answer to this request is stored.");
    if (!mayStandIn(kept.answer, call.cacheTerms, environment.clock.wallTime())) {
      return rungFailure("copy-refused", "The stored copy is not what the request's Cache-Control allows.");
    }
    const hit = storedHit(call, key, kept, { cache, rung: "stale", paceMs }, environment);
    return hit ?? rungFailure("copy-unreadable", "The stored copy cannot be read.");
  };
}
