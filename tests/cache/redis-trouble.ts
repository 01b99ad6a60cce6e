import { Agent } from "node:http";
import { startUpstreamServer } from "@tideover/simulator";
import { type Check, exactly, type Measurement, ms, pause, quantile } from "../acceptance/measurement.ts";
import { chat } from "../harness/ask.ts";
import { type RedisServer, startRedis } from "../harness/redis.ts";
import { askOnce, type Got } from "./caller.ts";
import { serve } from "./serve.ts";

const REQUESTS_PER_SECOND = 200;
/** Different requests: memory holds hardly any of them, so each one asks Redis. */
const QUESTIONS = 300;
/** What the hang of a Redis may add to a request, in ms. */
const MOST_ADDED_MS = 120;

/** Redis is paused, stopped and started again while callers ask. */
export const redisTrouble: Check = {
  name: "cache: Redis paused, stopped and restarted under 200 requests per second",
  async measure() {
    await using redis = await startRedis();
    const upstream = await startUpstreamServer({ profile: "faults", pacing: { ttftMs: 20, tokensPerSecond: 2_000 } });
    try {
      await using gateway = await serve({
        providers: {
          only: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-simulated", limit: { concurrency: 500 } },
        },
        stores: { cache: redis.url, cacheMemory: "64KiB" },
        routes: [{ model: "*", cache: { when: "always" }, ladder: ["only"] }],
      });
      return await trouble(gateway.url, redis);
    } finally {
      AGENT.destroy();
      await upstream.close();
    }
  },
};

async function trouble(url: string, redis: RedisServer): Promise<Measurement[]> {
  // The first requests warm the code; what is compared comes after.
  await load(url, 2, 10_000);
  const misses = await load(url, 3, 20_000);
  await load(url, 3);
  const healthy = await load(url, 4);
  redis.pause();
  const paused = await load(url, 6);
  redis.resume();
  await load(url, 4);
  const resumed = await load(url, 3);
  await redis.stop();
  const stopped = await load(url, 4);
  await redis.start();
  // It comes back empty: asked for once, then there.
  await load(url, 5);
  const restarted = await load(url, 3);
  const all = [misses, healthy, paused, resumed, stopped, restarted].flat();
  return [
    exactly(`failed requests of ${all.length}`, all.filter(({ whole }) => !whole).length, 0),
    added("added p99 while Redis hangs", paused, misses),
    added("added p99 while Redis is gone", stopped, misses),
    share("hit share while all is well", healthy, 0.9),
    share("hit share after the pause", resumed, 0.9 * hitShare(healthy)),
    share("hit share after the restart", restarted, 0.9 * hitShare(healthy)),
  ];
}

/** Connections are kept: what is measured is the store, not the making of connections. */
const AGENT = new Agent({ keepAlive: true });

/** Requests at a constant rate, each sent at its time whatever became of those before. */
async function load(url: string, seconds: number, firstQuestion = 0): Promise<Got[]> {
  const pending: Promise<Got>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < seconds * REQUESTS_PER_SECOND; sent++) {
    const wait = startedAt + (sent * 1_000) / REQUESTS_PER_SECOND - performance.now();
    if (wait > 1) await pause(wait);
    // Questions that are asked for the first time count on; the others come round again.
    const seed = firstQuestion === 0 ? sent % QUESTIONS : firstQuestion + sent;
    const body = chat("sim-chat", { seed, temperature: 0, metadata: { sim_output_tokens: 8 } });
    pending.push(askOnce(url, body, {}, AGENT));
  }
  return Promise.all(pending);
}

/** Compared with requests that found nothing in a Redis that is well, as while it hangs none does. */
function added(point: string, now: readonly Got[], before: readonly Got[]): Measurement {
  const p99 = (got: readonly Got[]) =>
    quantile(
      got.map((one) => one.ms),
      0.99,
    );
  const more = p99(now) - p99(before);
  const measured = `${ms(more)} (${ms(p99(before))} before)`;
  return { point, measured, bound: `<= ${MOST_ADDED_MS} ms`, holds: more <= MOST_ADDED_MS };
}

function share(point: string, got: readonly Got[], least: number): Measurement {
  const hits = hitShare(got);
  return { point, measured: hits.toFixed(3), bound: `>= ${least.toFixed(3)}`, holds: hits >= least };
}

function hitShare(got: readonly Got[]): number {
  return got.filter(({ cacheStatus }) => /;\s*hit\b/.test(cacheStatus)).length / got.length;
}
