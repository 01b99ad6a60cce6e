import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createGateway,
  createNodeTransport,
  SILENT_LOG,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { expectedAnswer, startUpstreamServer } from "@tideover/simulator";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import type { Clock } from "tideover/engine";
import { openStores } from "../../packages/gateway/src/stores/open-stores.ts";
import { type Check, isSo, type Measurement, ms, quantile, withinMs } from "../acceptance/measurement.ts";
import { chat } from "../harness/ask.ts";
import { askOnce } from "./caller.ts";

const DAY_MS = 86_400_000;
const BODY = chat("sim-chat", { temperature: 0, metadata: { sim_output_tokens: 40 } });
const EXPECTED = expectedAnswer(BODY).content;
const KEYS = ["one", "two"].map((name) => ({ name, key: `key-of-${name}`, tenant: name }));
const [ONE, TWO] = KEYS.map(({ key }) => ({ authorization: `Bearer ${key}` }));
/** Requests that are timed once the breaker knows. */
const TIMED = 300;
const STALE_AFTER_MS = 1_000;

/** The provider is gone for good; what it answered yesterday is answered again, and says how old it is. */
export const outage: Check = {
  name: "cache: yesterday's answer while the provider is down",
  async measure() {
    const folder = await mkdtemp(join(tmpdir(), "tideover-outage-"));
    try {
      const url = await yesterday(folder);
      return [...(await refusing(folder, url)), ...(await hanging(folder, url))];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** A gateway over the folder's store, whose wall clock is behind by so much. */
async function start(folder: string, baseUrl: string, behindMs: number) {
  const input: TideoverConfig = {
    server: { port: 0, keys: KEYS },
    providers: {
      only: {
        preset: "deepseek",
        baseUrl,
        apiKey: "sk-simulated",
        breaker: { consecutive: 3, open: "1h", maxOpen: "1h" },
      },
    },
    routes: [
      {
        model: "*",
        deadline: "10s",
        firstToken: "3s",
        retry: { attempts: 1 },
        cache: { when: "always", fresh: "1h", stale: "7d" },
        ladder: ["only", { stale: { after: `${STALE_AFTER_MS}ms` } }],
      },
    ],
  };
  const resolved = resolveConfig(input);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const { config } = resolved;
  const clock: Clock = {
    now: () => systemClock.now(),
    wallTime: () => systemClock.wallTime() - behindMs,
    schedule: (delayMs, callback) => systemClock.schedule(delayMs, callback),
  };
  const stores = await openStores({ config, folder, what: "outage check", clock, log: SILENT_LOG });
  const transport = createNodeTransport();
  const parts = { config, stores, transport, clock, random: systemRandom, ids: systemIds, log: SILENT_LOG };
  const gateway = createGateway(parts);
  const server = await startServer({
    handler: gateway.handler,
    host: "127.0.0.1",
    port: 0,
    limits: config.server.limits,
    log: SILENT_LOG,
  });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server.close(0);
      await gateway.close();
      await stores.close();
      await transport.close();
    },
  };
}

/** @returns the provider's address, where it is no more: copies are kept for one provider at one address */
async function yesterday(folder: string): Promise<string> {
  const upstream = await startUpstreamServer({ profile: "faults" });
  try {
    await using gateway = await start(folder, upstream.url, DAY_MS);
    const { status, whole, content } = await askOnce(gateway.url, BODY, ONE);
    if (!whole || content !== EXPECTED) throw new Error(`Yesterday's answer did not come: ${status}, "${content}".`);
    return upstream.url;
  } finally {
    await upstream.close();
  }
}

/** Nothing listens there any more. */
async function refusing(folder: string, url: string): Promise<Measurement[]> {
  await using gateway = await start(folder, url, 0);
  // Other requests find it out first.
  for (let index = 0; index < 4; index++) await askOnce(gateway.url, chat("sim-chat", { seed: index }), TWO);
  return await judged("connection refused", gateway.url);
}

/** Connections are taken, and nothing ever comes. */
async function hanging(folder: string, url: string): Promise<Measurement[]> {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(Number(new URL(url).port), "127.0.0.1", resolve));
  try {
    await using gateway = await start(folder, url, 0);
    const early = await askOnce(gateway.url, BODY, ONE);
    const rest = await Promise.all([1, 2, 3, 4].map((seed) => askOnce(gateway.url, chat("sim-chat", { seed }), TWO)));
    const found = withinMs(
      `silent provider: answered at stale.after (${STALE_AFTER_MS} ms)`,
      [early.ms],
      STALE_AFTER_MS + 250,
    );
    return [
      { ...found, holds: found.holds && early.ms >= STALE_AFTER_MS - 5 && early.content === EXPECTED },
      ...(await judged("silent provider", gateway.url)),
      isSo(
        "silent provider: others were refused meanwhile",
        rest.every(({ status }) => status >= 500),
        "answered",
      ),
    ];
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
}

/** Once the breaker knows. */
async function judged(what: string, url: string): Promise<Measurement[]> {
  const times: number[] = [];
  let wrong = "";
  for (let index = 0; index < TIMED; index++) {
    const got = await askOnce(url, { ...BODY, stream: index % 2 === 0 }, ONE);
    times.push(got.ms);
    const age = Number(got.header("age"));
    const said = [got.header("tideover-rung"), got.header("tideover-degraded")].join(" ");
    if (!got.whole || got.content !== EXPECTED || said !== "stale ?1") wrong ||= `${got.status} ${said}`;
    if (!(age >= DAY_MS / 1_000 - 1 && age <= DAY_MS / 1_000 + 120)) wrong ||= `age ${age}`;
  }
  const other = await askOnce(url, BODY, TWO);
  const p99 = quantile(times, 0.99);
  return [
    isSo(`${what}: the right text from stale, degraded, a day old`, wrong === "", wrong),
    { point: `${what}: p99 once the breaker knows`, measured: ms(p99), bound: "<= 50 ms", holds: p99 <= 50 },
    isSo(`${what}: another tenant's identical request is not answered from it`, other.status >= 500, `${other.status}`),
  ];
}
