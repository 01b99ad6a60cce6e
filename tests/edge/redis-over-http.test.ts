import { setTimeout as pause } from "node:timers/promises";
import { redisAnswerStore, redisFlightLedger } from "@tideover/edge";
import { systemClock } from "@tideover/gateway";
import type { FlightLedger } from "tideover/engine";
import { ANSWER_STORE_CONFORMANCE, FLIGHT_LEDGER_CONFORMANCE } from "tideover/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  redisFlightLedger as ledgerOf,
  RedisChannels,
  RedisLink,
  readRedisAddress,
} from "../../packages/gateway/src/stores/redis/index.ts";
import { hasRedis, type RedisServer, startRedis } from "../harness/redis.ts";
import { type RedisBridge, startRedisBridge } from "./redis-bridge.ts";

describe.skipIf(!hasRedis())("a real Redis over HTTP", () => {
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

  /** Each case has keys of its own: the cases' keys, with something before them. */
  let cases = 0;
  function ofThisCase(ledger: FlightLedger, name: string): FlightLedger {
    const own = (key: string) => `${name} ${key}`;
    return {
      join: (key, leaseMs) => ledger.join(own(key), leaseMs),
      append: (key, ...rest) => ledger.append(own(key), ...rest),
      end: (key, ...rest) => ledger.end(own(key), ...rest),
      release: (key, token) => ledger.release(own(key), token),
      read: (key, ...rest) => ledger.read(own(key), ...rest),
    };
  }

  test.each(FLIGHT_LEDGER_CONFORMANCE)("flights: $name", async ({ run }) => {
    const name = `case ${++cases}`;
    // A pace would be most of the leases that the cases wait out.
    const overHttp = () => ofThisCase(redisFlightLedger({ url: bridge.url, token: "any", paceMs: 10 }), name);
    await run({ ledger: overHttp(), other: overHttp(), wait: (ms) => pause(ms) });
  });

  test("flights are shared with gateways before the same Redis", async () => {
    const address = readRedisAddress(redis.url);
    if ("problem" in address) throw new Error(address.problem);
    const link = new RedisLink(address, { commandTimeoutMs: 5_000 });
    const channels = new RedisChannels(link, systemClock);
    onTestFinished(() => {
      channels.close();
      link.close();
    });
    await expect.poll(() => link.up, { timeout: 15_000 }).toBe(true);
    const [gateway, worker] = [
      ledgerOf(link, channels, systemClock),
      redisFlightLedger({ url: bridge.url, token: "any" }),
    ];
    const seat = await worker.join("both", 60_000);
    if (seat.role !== "leader") throw new Error("The first to join leads.");
    expect(await gateway.join("both", 60_000)).toEqual({ role: "follower" });
    const { signal } = new AbortController();
    const read = gateway.read("both", 0, 60_000, signal);
    await worker.append("both", seat.token, 0, ["from the edge"]);
    expect((await read)?.entries).toEqual(["from the edge"]);
    await worker.release("both", seat.token);
    const heir = await gateway.join("both", 60_000);
    if (heir.role !== "leader") throw new Error("Nobody leads any more.");
    await gateway.append("both", heir.token, 1, ["from the gateway"]);
    expect((await worker.read("both", 1, 0, signal))?.entries).toEqual(["from the gateway"]);
  });

  test.each(ANSWER_STORE_CONFORMANCE)("answers: $name", async ({ run }) => {
    await redis.stop();
    await redis.start();
    await run({ store: redisAnswerStore({ url: bridge.url, token: "any" }), now: Date.now });
  });
});
