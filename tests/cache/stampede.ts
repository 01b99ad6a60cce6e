import { expectedAnswer, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { type Check, exactly, isSo, type Measurement, pause, timeUntil } from "../acceptance/measurement.ts";
import type { SpawnedCommand } from "../acceptance/spawn-command.ts";
import { chat } from "../harness/ask.ts";
import { type RedisServer, startRedis } from "../harness/redis.ts";
import { askOnce, type Got } from "./caller.ts";
import { serve } from "./serve.ts";

/** Callers of each of the two gateways. */
const CALLERS = 500;
/** Before the first token, in ms: time for all callers to come, also on a busy machine. */
const TTFT_MS = 4_000;
const TOKENS_PER_SECOND = 40;
const BODY = chat("sim-chat", { temperature: 0, metadata: { sim_output_tokens: 200 } });
const EXPECTED = expectedAnswer(BODY).content;

/** A thousand people ask the same at once, of two gateways that share a Redis. */
export const stampede: Check = {
  name: "cache: 1,000 identical requests over two gateways that share Redis",
  async measure() {
    await using redis = await startRedis();
    const pacing = { ttftMs: TTFT_MS, tokensPerSecond: TOKENS_PER_SECOND };
    const upstream = await startUpstreamServer({ profile: "faults", pacing });
    try {
      return [...(await goodCase(upstream, redis)), ...(await leaderKilled(upstream, redis))];
    } finally {
      await upstream.close();
    }
  },
};

function gateway(upstream: UpstreamServer, redis: RedisServer, prefix: string): Promise<SpawnedCommand> {
  return serve({
    providers: { only: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-simulated" } },
    stores: { cache: `${redis.url}?prefix=${prefix}:` },
    routes: [{ model: "*", cache: { when: "always" }, ladder: ["only"] }],
  });
}

/** Every second caller asks for a stream. */
function crowd(url: string, callers: number): Promise<Got>[] {
  return Array.from({ length: callers }, (_, index) =>
    askOnce(url, { ...BODY, stream: index % 2 === 0 } as JsonObject),
  );
}

async function goodCase(upstream: UpstreamServer, redis: RedisServer): Promise<Measurement[]> {
  await using first = await gateway(upstream, redis, "good");
  await using second = await gateway(upstream, redis, "good");
  const before = upstream.model.counters.requests;
  const got = await Promise.all([...crowd(first.url, CALLERS), ...crowd(second.url, CALLERS)]);
  return [
    exactly("requests that reached the provider", upstream.model.counters.requests - before, 1),
    exactly("callers with the whole, right text", got.filter(isRight).length, 2 * CALLERS),
    exactly("answers that callers saw the beginning of", beginnings(got), 1),
  ];
}

async function leaderKilled(upstream: UpstreamServer, redis: RedisServer): Promise<Measurement[]> {
  await using leader = await gateway(upstream, redis, "killed");
  await using survivor = await gateway(upstream, redis, "killed");
  const before = upstream.model.counters.requests;
  const early = crowd(leader.url, 1);
  await timeUntil(() => upstream.model.counters.requests > before, 5_000);
  const ofLeader = [...early, ...crowd(leader.url, CALLERS - 1)];
  const ofSurvivor = crowd(survivor.url, CALLERS);
  // In the middle of the answer, which takes five seconds.
  await pause(TTFT_MS + 2_000);
  const tokens = upstream.model.counters.tokensSent;
  await leader[Symbol.asyncDispose]();
  const [left, stayed] = await Promise.all([Promise.all(ofLeader), Promise.all(ofSurvivor)]);
  const cut = left.filter((one) => !isRight(one));
  const retried = await Promise.all(crowd(survivor.url, cut.length));
  const streams = [...stayed, ...left];
  return [
    isSo(
      "the leader was killed in the middle of the answer",
      tokens > 0 && cut.length > 0,
      `${tokens} tokens were out`,
    ),
    {
      point: "requests that reached the provider, leader killed",
      measured: `${upstream.model.counters.requests - before}`,
      bound: "<= 2",
      holds: upstream.model.counters.requests - before <= 2,
    },
    exactly("the survivor's callers with the whole, right text at once", stayed.filter(isRight).length, CALLERS),
    exactly("the killed one's callers with it after one retry", retried.filter(isRight).length, cut.length),
    exactly("answers that callers saw the beginning of, leader killed", beginnings([...streams, ...retried]), 1),
    isSo(
      "what the killed one's callers had seen is how the answer begins",
      cut.every(({ content }) => EXPECTED.startsWith(content)),
      "another text",
    ),
  ];
}

function isRight({ whole, content }: Got): boolean {
  return whole && content === EXPECTED;
}

/** Different answers by their ids; each generation of the provider has its own. */
function beginnings(got: readonly Got[]): number {
  return new Set(got.flatMap(({ ids }) => ids)).size;
}
