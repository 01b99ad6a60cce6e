import { describe, expect, test, vi } from "vitest";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";
import { hasRedis, startRedis } from "../harness/redis.ts";
import { FAST } from "../harness/stage.ts";
import { startCacheServer } from "./cache-server.ts";
import { complaints, countersOf, type EdgeStage, edgeStage } from "./edge-stage.ts";
import { findRuntime } from "./find-runtime.ts";
import { startKvServer } from "./kv-server.ts";
import { startRedisBridge } from "./redis-bridge.ts";
import { restlessCallers } from "./restless-callers.ts";

const program = findRuntime("workerd");
// Each starts a runtime of its own, on a machine that may have other things to do.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
/** How long an effect may take on a loaded machine, in ms. */
const PATIENCE = { timeout: 15_000, interval: 20 };
const SLOW = { ...FAST, pacing: { tokensPerSecond: 50, jitter: 0 } };

/** A stage in workerd; only called where there is one. */
function stage(options: Omit<Parameters<typeof edgeStage>[0], "program">): Promise<EdgeStage> {
  return edgeStage({ ...options, program: program ?? "" });
}

describe.skipIf(program === undefined)("callers who come and go", () => {
  test("leave nothing behind: no permit, no work at the provider, no error", async () => {
    await using kv = await startKvServer();
    await using on = await stage({
      kv: kv.url,
      flights: true,
      upstreams: { narrow: { ...FAST, pacing: { tokensPerSecond: 100, jitter: 0 } } },
      providers: { narrow: { limit: { concurrency: 3 } } },
      routes: [{ name: "narrow", model: "*", cache: { when: "always" }, ladder: ["narrow"] }],
    });
    await restlessCallers({ url: on.url, callers: 60, seed: 7 });
    await expect.poll(() => countersOf(on, "narrow").inFlight, PATIENCE).toBe(0);
    // As many as the limit lets in are worked on at the same time: none of its permits is lost.
    const last = ["a", "b", "c"].map((name) =>
      ask(on.url, { model: name, messages: [{ role: "user", content: "At last. sim_output_tokens=200" }] }),
    );
    await expect.poll(() => countersOf(on, "narrow").inFlight, PATIENCE).toBe(3);
    expect((await Promise.all(last)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await complaints(on)).toEqual([]);
  });
});

describe.skipIf(program === undefined)("answers in KV", () => {
  const kept = { name: "kept", model: "*", retry: "off", cache: { when: "always" } } as const;

  test("outlive the isolate, and stand in when the provider is down", async () => {
    await using kv = await startKvServer();
    await using on = await stage({
      kv: kv.url,
      upstreams: { sound: FAST },
      routes: [
        { ...kept, model: "kept-*", ladder: ["sound"] },
        { ...kept, name: "stale", model: "stale-*", cache: { when: "never" }, ladder: ["sound", "stale"] },
      ],
    });
    const first = await ask(on.url, chat("kept-a"));
    expect(first.headers.get("tideover-rung")).toBe("live");
    await ask(on.url, chat("stale-a"));
    await expect.poll(() => kv.size, PATIENCE).toBe(2);
    await on.restart();
    await on.stopUpstream("sound");
    const again = await ask(on.url, chat("kept-a"));
    expect(again.headers.get("tideover-rung")).toBe("cache");
    expect(contentOf(again.body)).toBe(contentOf(first.body));
    const stale = await askStreamed(on.url, chat("stale-a"));
    expect(stale.headers.get("tideover-rung")).toBe("stale");
    expect(stale.headers.get("tideover-degraded")).toBe("?1");
    expect(stale.content).toBe(contentOf(first.body));
  });

  test("are a miss where the store hangs", async () => {
    await using kv = await startKvServer();
    kv.hangs = true;
    await using on = await stage({
      kv: kv.url,
      upstreams: { sound: FAST },
      routes: [{ ...kept, ladder: ["sound"] }],
    });
    const replies = await Promise.all(["a", "a", "b", "c"].map((model) => ask(on.url, chat(model))));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(kv.requests).toBeGreaterThan(0);
    // Level one has the answer at once, whatever becomes of level two.
    expect((await ask(on.url, chat("a"))).headers.get("tideover-rung")).toBe("cache");
  });
});

describe.skipIf(program === undefined).each(["default", "tideover"])("answers in the Cache API (%s)", (name) => {
  const kept = { name: "kept", model: "*", retry: "off", cache: { when: "always" } } as const;

  test("outlive the isolate, stand in when the provider is down, and are made anew when the cache forgets", async () => {
    await using cache = await startCacheServer();
    await using on = await stage({
      cache: cache.url,
      secrets: { CACHE: name },
      upstreams: { sound: FAST },
      routes: [
        { ...kept, model: "kept-*", ladder: ["sound"] },
        { ...kept, name: "stale", model: "stale-*", cache: { when: "never" }, ladder: ["sound", "stale"] },
      ],
    });
    const first = await ask(on.url, chat("kept-a"));
    await ask(on.url, chat("stale-a"));
    await expect.poll(() => cache.names.length, PATIENCE).toBe(2);
    const before = name === "default" ? "" : `${name} `;
    const address = new RegExp(`^${before}ask\\.example\\.com/\\.tideover/answers/g-1/k-[0-9a-f]{64}$`);
    expect(cache.names.filter((entry) => !address.test(entry))).toEqual([]);
    await on.restart();
    const again = await ask(on.url, chat("kept-a"));
    expect(again.headers.get("tideover-rung")).toBe("cache");
    expect(contentOf(again.body)).toBe(contentOf(first.body));
    await on.restart();
    cache.forget();
    const anew = await ask(on.url, chat("kept-a"));
    expect(anew.headers.get("tideover-rung")).toBe("live");
    await expect.poll(() => cache.names.length, PATIENCE).toBe(1);
    await ask(on.url, chat("stale-a"));
    await expect.poll(() => cache.names.length, PATIENCE).toBe(2);
    await on.restart();
    await on.stopUpstream("sound");
    const stale = await askStreamed(on.url, chat("stale-a"));
    expect(stale.headers.get("tideover-rung")).toBe("stale");
    expect(stale.content).toBe(contentOf(first.body));
    expect(await complaints(on)).toEqual([]);
  });

  test("are a miss where the cache hangs", async () => {
    await using cache = await startCacheServer();
    cache.hangs = true;
    await using on = await stage({
      cache: cache.url,
      secrets: { CACHE: name },
      upstreams: { sound: FAST },
      routes: [{ ...kept, ladder: ["sound"] }],
    });
    const replies = await Promise.all(["a", "a", "b", "c"].map((model) => ask(on.url, chat(model))));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(cache.requests).toBeGreaterThan(0);
  });
});

/** Where flights are kept: a binding of the Worker, or a real Redis behind a server that takes commands over HTTP. */
const flightsIn = {
  "Durable Objects": async () => ({ flights: true, async [Symbol.asyncDispose]() {} }),
  "a Redis over HTTP": async () => {
    const redis = await startRedis();
    const bridge = await startRedisBridge(redis.port);
    return {
      secrets: { REDIS: bridge.url },
      async [Symbol.asyncDispose]() {
        await bridge[Symbol.asyncDispose]();
        await redis[Symbol.asyncDispose]();
      },
    };
  },
} as const;

const places = (Object.keys(flightsIn) as (keyof typeof flightsIn)[]).filter(
  (place) => place === "Durable Objects" || hasRedis(),
);

describe.skipIf(program === undefined).each(places)("flights in %s", (place) => {
  const together = { ...chat("a"), messages: [{ role: "user", content: "In short. sim_output_tokens=60" }] };

  test("one answer is made for those who ask the same at the same time", async () => {
    await using where = await flightsIn[place]();
    await using on = await stage({
      ...where,
      upstreams: { slow: SLOW },
      routes: [{ name: "shared", model: "*", cache: { when: "always" }, ladder: ["slow"] }],
    });
    const replies = await Promise.all(Array.from({ length: 6 }, () => askStreamed(on.url, together)));
    expect(replies.map(({ done }) => done)).toEqual(Array.from({ length: 6 }, () => true));
    expect(new Set(replies.map(({ content }) => content)).size).toBe(1);
    expect(countersOf(on, "slow").started).toBe(1);
    expect(await complaints(on)).toEqual([]);
  });

  test("whoever leads may leave, and another goes on with the answer", async () => {
    await using where = await flightsIn[place]();
    await using on = await stage({
      ...where,
      upstreams: { slow: SLOW },
      routes: [{ name: "shared", model: "*", cache: { when: "always" }, ladder: ["slow"] }],
    });
    const leaving = new AbortController();
    const leader = await fetch(`${on.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...together, stream: true }),
      signal: leaving.signal,
    });
    await leader.body?.getReader().read();
    const followers = [askStreamed(on.url, together), askStreamed(on.url, together)];
    leaving.abort();
    const replies = await Promise.all(followers);
    expect(replies.map(({ done }) => done)).toEqual([true, true]);
    expect(new Set(replies.map(({ content }) => content)).size).toBe(1);
  });
});
