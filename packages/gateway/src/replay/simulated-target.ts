import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { ConfigError, resolveConfig } from "tideover/config";
import type { JsonObject } from "tideover/engine";
import { createGateway } from "../gateway.ts";
import { SILENT_LOG } from "../logging/index.ts";
import { startServer } from "../server/index.ts";
import { systemClock, systemIds, systemRandom } from "../system.ts";
import { createNodeTransport } from "../transport/index.ts";
import { judgeSimulated } from "./judge.ts";
import type { Observation } from "./observation.ts";
import type { Verdict } from "./tally.ts";

/**
 * Answers at a time that the busy provider gives. In its profile `peak` the trace of 2023 keeps about 80 places taken
 * (5.5 requests/s that wait for 6 s and are written for 8 s on average), so that it is busy but not full.
 */
const BUSY_SLOTS = 120;
/** The alternate host has a third of the capacity. */
const ALTERNATE_SLOTS = 40;
const BUSY = "simulated-busy";
const ALTERNATE = "simulated-alternate";
const TEMPLATE_TEXT = "The service is busy. Please try again in a few minutes.";

/** What a simulated provider has seen. */
export interface UpstreamSummary {
  readonly provider: string;
  readonly profile: string;
  readonly requests: number;
  readonly peakInFlight: number;
  /** Still open: 0 once a replay is over. */
  readonly inFlight: number;
  readonly abortedByCaller: number;
  readonly faults: Readonly<Record<string, number>>;
}

/** A gateway before simulated providers, all in this process. */
export interface SimulatedTarget {
  readonly url: string;
  /** The rungs of its ladder, in order. */
  readonly ladder: readonly string[];
  judge(body: JsonObject, observation: Observation): Verdict;
  upstreams(): readonly UpstreamSummary[];
  close(): Promise<void>;
}

/**
 * Starts a gateway with default settings on a free port, before a provider in the given profile, a calm alternate one
 * with less capacity, and a template.
 */
export async function startSimulatedTarget(profile: string, seed: number): Promise<SimulatedTarget> {
  const busy = await startUpstreamServer({ profile, seed, pacing: { slots: BUSY_SLOTS } });
  const alternate = await startUpstreamServer({ profile: "calm", seed: seed + 1, pacing: { slots: ALTERNATE_SLOTS } });
  const servers: readonly (readonly [string, UpstreamServer])[] = [
    [BUSY, busy],
    [ALTERNATE, alternate],
  ];
  const resolved = resolveConfig({
    providers: Object.fromEntries(
      servers.map(([name, { url }]) => [name, { preset: "deepseek", baseUrl: url, apiKey: "simulated" }]),
    ),
    routes: [{ name: "replay", model: "*", ladder: [BUSY, ALTERNATE, { template: { text: TEMPLATE_TEXT } }] }],
  });
  const closeUpstreams = () => Promise.all(servers.map(([, server]) => server.close()));
  if ("issues" in resolved) {
    await closeUpstreams();
    throw new ConfigError(resolved.issues);
  }
  const transport = createNodeTransport();
  const log = SILENT_LOG;
  const gateway = createGateway({
    config: resolved.config,
    transport,
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    log,
  });
  const { limits } = resolved.config.server;
  const server = await startServer({ handler: gateway.handler, host: "127.0.0.1", port: 0, limits, log });
  return {
    url: server.url,
    ladder: [...servers.map(([name]) => name), "template"],
    judge: (body, observation) => judgeSimulated(body, observation, TEMPLATE_TEXT),
    upstreams: () => servers.map(([name, { model }]) => summaryOf(name, model)),
    async close() {
      await server.close(0);
      await transport.close();
      await closeUpstreams();
    },
  };
}

function summaryOf(provider: string, { profile, counters }: UpstreamServer["model"]): UpstreamSummary {
  const { requests, peakInFlight, inFlight, abortedByCaller, faults } = counters;
  return { provider, profile: profile.name, requests, peakInFlight, inFlight, abortedByCaller, faults };
}
