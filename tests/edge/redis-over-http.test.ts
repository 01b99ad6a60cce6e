import { redisAnswerStore } from "@tideover/edge";
import { ANSWER_STORE_CONFORMANCE } from "tideover/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { hasRedis, type RedisServer, startRedis } from "../harness/redis.ts";
import { type RedisBridge, startRedisBridge } from "./redis-bridge.ts";

describe.skipIf(!hasRedis())("answers in a real Redis over HTTP", () => {
  let redis: RedisServer;
  let bridge: RedisBridge;
  beforeAll(async () => {
    redis = await startRedis();
    bridge = await startRedisBridge(redis.port);
  });
  afterAll(async () => {
    await bridge[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  test.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await redis.stop();
    await redis.start();
    await run({ store: redisAnswerStore({ url: bridge.url, token: "any" }), now: Date.now });
  });
});
