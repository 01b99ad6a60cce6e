import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "@tideover/gateway";
import {
  ANSWER_STORE_CONFORMANCE,
  FLIGHT_LEDGER_CONFORMANCE,
  QUESTION_VECTOR_CONFORMANCE,
  storedAnswer,
} from "tideover/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  RedisAnswerStore,
  RedisChannels,
  RedisLink,
  type RedisLinkOptions,
  readRedisAddress,
  redisFlightLedger,
} from "../../packages/gateway/src/stores/redis/index.ts";
import { hasRedis, type RedisServer, type RedisServerOptions, startRedis } from "../harness/redis.ts";

const signal = new AbortController().signal;
const fixture = (name: string) =>
  fileURLToPath(new URL(`../../packages/gateway/src/transport/testing/fixtures/${name}`, import.meta.url));
const TLS = { certificate: fixture("server.pem"), key: fixture("server.key"), authority: fixture("authority.pem") };

/** For the machine under test, which may be busy; how a slow Redis is treated is tested with the usual bound. */
const PATIENT_MS = 5_000;

let prefixes = 0;

/** Store and ledger over a connection of their own, under keys that no other test has. */
async function connect(
  url: string,
  { prefix = `test-${++prefixes}:`, ...options }: RedisLinkOptions & { prefix?: string } = {},
) {
  const address = readRedisAddress(`${url}?servername=tideover.test&prefix=${encodeURIComponent(prefix)}`);
  if ("problem" in address) throw new Error(address.problem);
  const link = new RedisLink(address, { commandTimeoutMs: PATIENT_MS, ...options });
  const channels = new RedisChannels(link, systemClock);
  onTestFinished(() => {
    channels.close();
    link.close();
  });
  await until(() => link.up);
  return {
    link,
    prefix,
    store: new RedisAnswerStore(link, channels, () => Date.now()),
    ledger: redisFlightLedger(link, channels, systemClock),
  };
}

function linkTo(url: string): RedisLink {
  const address = readRedisAddress(url);
  if ("problem" in address) throw new Error(address.problem);
  return new RedisLink(address, { commandTimeoutMs: PATIENT_MS });
}

async function until(condition: () => boolean, boundMs = 10_000): Promise<void> {
  for (const startedAt = performance.now(); !condition(); await pause(5)) {
    if (performance.now() - startedAt > boundMs) throw new Error(`Not so within ${boundMs} ms.`);
  }
}

const kinds: readonly [string, RedisServerOptions, RedisLinkOptions][] = [
  ["a real Redis", {}, {}],
  [
    "a real Redis over TLS with a password",
    { tls: TLS, password: "s3cret" },
    { ca: [readFileSync(TLS.authority, "utf8")] },
  ],
];

describe.skipIf(!hasRedis()).each(kinds)("%s", (_name, options, linkOptions) => {
  let server: RedisServer;
  let url: string;
  beforeAll(async () => {
    server = await startRedis(options);
    url = options.password === undefined ? server.url : server.url.replace("//", `//:${options.password}@`);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(ANSWER_STORE_CONFORMANCE)("answers: $name", async ({ run }) => {
    const { store } = await connect(url, linkOptions);
    await run({ store, now: () => Date.now() });
  });

  it.each(QUESTION_VECTOR_CONFORMANCE)("vectors: $name", async ({ run }) => {
    const { store } = await connect(url, linkOptions);
    await run({ store, now: () => Date.now() });
  });

  it.each(FLIGHT_LEDGER_CONFORMANCE)("flights: $name", async ({ run }) => {
    const { ledger, prefix } = await connect(url, linkOptions);
    const { ledger: other } = await connect(url, { ...linkOptions, prefix });
    await run({ ledger, other, wait: (ms) => pause(ms) });
  });

  it("tells other processes of a purge", async () => {
    const { store, prefix } = await connect(url, linkOptions);
    const { store: other } = await connect(url, { ...linkOptions, prefix });
    const told: unknown[] = [];
    onTestFinished(other.onPurge((selection) => told.push(selection)));
    // A subscription is not awaited by anyone: purge until it is heard.
    while (told.length === 0) {
      await store.purge({ tenant: "a", tag: "b" });
      await pause(5);
    }
    expect(told[0]).toEqual({ tenant: "a", tag: "b" });
  });
});

describe.skipIf(!hasRedis())("a cluster of two", () => {
  it.each([...ANSWER_STORE_CONFORMANCE.map(({ name }) => name)])("answers: %s", async (name) => {
    const { store } = await connect(await clusterUrl());
    await ANSWER_STORE_CONFORMANCE.find((one) => one.name === name)?.run({ store, now: () => Date.now() });
  });

  it.each([...QUESTION_VECTOR_CONFORMANCE.map(({ name }) => name)])("vectors: %s", async (name) => {
    const { store } = await connect(await clusterUrl());
    await QUESTION_VECTOR_CONFORMANCE.find((one) => one.name === name)?.run({ store, now: () => Date.now() });
  });

  it.each([...FLIGHT_LEDGER_CONFORMANCE.map(({ name }) => name)])("flights: %s", async (name) => {
    const { ledger, prefix } = await connect(await clusterUrl());
    const { ledger: other } = await connect(await clusterUrl(), { prefix });
    const wait = (ms: number) => pause(ms);
    await FLIGHT_LEDGER_CONFORMANCE.find((one) => one.name === name)?.run({ ledger, other, wait });
  });

  const servers: RedisServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));
  let started: Promise<string> | undefined;

  function clusterUrl(): Promise<string> {
    started ??= startCluster();
    return started;
  }

  async function startCluster(): Promise<string> {
    servers.push(await startRedis({ cluster: true }), await startRedis({ cluster: true }));
    const nodes = servers.map(({ url }) => linkTo(url));
    const ask = async (node: RedisLink | undefined, ...words: string[]) =>
      String(await node?.call((client) => client.call("CLUSTER", ...words)));
    const [first, second] = nodes;
    await until(() => nodes.every((node) => node.up));
    await ask(first, "ADDSLOTSRANGE", "0", "8191");
    await ask(second, "ADDSLOTSRANGE", "8192", "16383");
    await ask(first, "MEET", "127.0.0.1", `${servers[1]?.port}`);
    for (const node of nodes) {
      while (!/cluster_state:ok[\s\S]*cluster_known_nodes:2/.test(await ask(node, "INFO"))) await pause(50);
      node.close();
    }
    return `redis+cluster://${servers.map((server) => `127.0.0.1:${server.port}`).join(",")}`;
  }
});

describe.skipIf(!hasRedis())("a Redis that fails", () => {
  it("fails commands at once while it is gone, and is found again when it is back", async () => {
    await using server = await startRedis();
    const changes: boolean[] = [];
    const { store, link } = await connect(server.url, { onChange: ({ up }) => changes.push(up) });
    await store.set("key", storedAnswer(Date.now()));
    await server.stop();
    await until(() => !link.up);
    const startedAt = performance.now();
    // Each one would take 100 ms if it waited for its bound.
    for (let turn = 0; turn < 100; turn++) await expect(store.get("key", signal)).rejects.toThrow("is not connected");
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await server.start();
    await until(() => link.up);
    expect(await store.get("key", signal)).toBeUndefined();
    await store.set("key", storedAnswer(Date.now()));
    expect(await store.get("key", signal)).toBeDefined();
    expect(changes).toEqual([true, false, true]);
  });

  it("hangs no command for longer than its bound, and leaks none, while it is paused", async () => {
    await using server = await startRedis();
    const { store, link } = await connect(server.url, { commandTimeoutMs: undefined });
    await store.set("key", storedAnswer(Date.now()));
    server.pause();
    const ended: { ms: number; error: unknown }[] = [];
    let asked = 0;
    for (const endsAt = performance.now() + 2_500; performance.now() < endsAt; asked++) {
      const startedAt = performance.now();
      store.get("key", signal).then(
        () => ended.push({ ms: 0, error: "an answer" }),
        (error: unknown) => ended.push({ ms: performance.now() - startedAt, error }),
      );
      await pause(5);
    }
    await until(() => link.inFlight === 0, 1_000);
    expect(ended.length).toBe(asked);
    for (const { error } of ended) expect(`${error}`).toMatch(/no reply within 100 ms|is not connected|was lost/);
    expect(Math.max(...ended.map(({ ms }) => ms))).toBeLessThan(400);
    // The connection that hung was given up, and what comes now fails at once.
    expect(link.up).toBe(false);
    server.resume();
    await until(() => link.up);
    expect(await store.get("key", signal)).toBeDefined();
  });

  it("may be down when it is first connected to", async () => {
    await using server = await startRedis();
    await server.stop();
    const address = readRedisAddress(server.url);
    if ("problem" in address) throw new Error(address.problem);
    const states: string[] = [];
    const link = new RedisLink(address, { onChange: ({ why }) => states.push(why) });
    onTestFinished(() => link.close());
    await until(() => states.length > 0);
    expect(states).toEqual([expect.stringContaining(`Redis at ${server.url} is not connected`)]);
    await server.start();
    await until(() => link.up);
    expect(await link.call((client) => client.ping())).toBe("PONG");
  });
});
