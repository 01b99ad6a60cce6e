import { type FlightLedger, type FlightRead, sleep } from "tideover/engine";
import { RedisFlightLedger } from "tideover/runtime";
import { MOST_REDIS_PACE_MS, REDIS_PACE_MS, REDIS_REQUEST_MS } from "../defaults.ts";
import { edgeClock } from "../edge-clock.ts";
import { RedisOverHttp, type RedisOverHttpOptions } from "../stores/redis-over-http.ts";

/** The gateway's own, so that gateways and Workers before one Redis share their flights. */
const PREFIX = "tideover:";

/** Where flights are kept, and how often it is asked. */
export interface RedisFlightOptions extends RedisOverHttpOptions {
  /**
   * The least time between two requests of one who leads or follows, in ms: the longer, the fewer requests, and the more
   * followers are behind. Default: {@link REDIS_PACE_MS}; at most {@link MOST_REDIS_PACE_MS}.
   */
  readonly paceMs?: number | undefined;
}

/**
 * Single-flight across isolates through a Redis that takes commands over HTTP: for platforms without Durable Objects, and
 * for Workers that share a Redis with gateways. There is nobody to tell of news, so followers look by themselves; who
 * leads and who follows sends one request every `paceMs` at most. Like every ledger it is an optimisation:
 * a Redis that is slow or away costs a request 100 ms, and then nothing.
 * @throws TypeError for an address that is none, RangeError for a pace that is too long
 */
export function redisFlightLedger({ paceMs = REDIS_PACE_MS, ...options }: RedisFlightOptions): FlightLedger {
  if (!(paceMs >= 0 && paceMs <= MOST_REDIS_PACE_MS)) {
    throw new RangeError(`paceMs of a flight ledger is from 0 to ${MOST_REDIS_PACE_MS} ms, not ${paceMs}.`);
  }
  const redis = new RedisOverHttp(options);
  const ledger = new RedisFlightLedger(
    {
      prefix: PREFIX,
      lookAgainMs: paceMs,
      async run(lua, keys, args, signal) {
        const late = AbortSignal.timeout(REDIS_REQUEST_MS);
        const command = ["EVAL", lua, keys.length, ...keys, ...args];
        const [reply] = await redis.pipeline([command], signal === undefined ? late : AbortSignal.any([signal, late]));
        return reply;
      },
    },
    edgeClock,
  );
  return {
    join: (key, leaseMs) => ledger.join(key, leaseMs),
    async append(key, token, from, entries) {
      const startedAt = edgeClock.now();
      const leads = await ledger.append(key, token, from, entries);
      // The log is written on as soon as this is over, with all that has come meanwhile.
      if (leads) await sleep(edgeClock, paceMs - (edgeClock.now() - startedAt), new AbortController().signal);
      return leads;
    },
    end: (key, token, ending, lingerMs) => ledger.end(key, token, ending, lingerMs),
    release: (key, token) => ledger.release(key, token),
    async read(key, from, waitMs, signal): Promise<FlightRead | undefined> {
      // Who reads on has just looked; who joins late is shown at once what there is.
      const pauseMs = from === 0 ? 0 : Math.min(waitMs, paceMs);
      if (pauseMs > 0) await sleep(edgeClock, pauseMs, signal);
      return ledger.read(key, from, waitMs - pauseMs, signal);
    },
  };
}
