import {
  createGateway,
  createNodeTransport,
  SILENT_LOG,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { engineConfig, type ProviderServers, type Scenario } from "@tideover/simulator";
import { startPortkeyProcess } from "../failover-bench/portkey.ts";
import type { System } from "./play.ts";

const NOTHING = async () => {};

/** The official client, straight to the first provider. @param retries of the client, which has 2 unasked */
export function direct(name: string, retries: number): System {
  return {
    name,
    open: async (providers) => ({ baseUrl: `${firstOf(providers)}/v1`, retries, [Symbol.asyncDispose]: NOTHING }),
  };
}

/** The official client, to Tideover's gateway with the scenario's configuration. */
export function tideover(scenario: Scenario): System {
  return {
    name: "tideover",
    async open(providers) {
      const config = engineConfig(scenario, "tideover", providers.all);
      const transport = createNodeTransport();
      const parts = { transport, clock: systemClock, random: systemRandom, ids: systemIds, log: SILENT_LOG };
      const gateway = createGateway({ config, ...parts });
      const { limits } = config.server;
      const { handler } = gateway;
      const server = await startServer({ handler, host: "127.0.0.1", port: 0, limits, log: SILENT_LOG });
      return {
        baseUrl: `${server.url}/v1`,
        retries: 0,
        async [Symbol.asyncDispose]() {
          await server.close(0);
          await transport.close();
        },
      };
    },
  };
}

/** The official client, to Portkey with a fallback to the second provider and two retries, as its documentation has it. */
export function portkey(peersFolder: string): System {
  return {
    name: "Portkey",
    async open(providers) {
      const process = await startPortkeyProcess(peersFolder);
      const targets = providers.all.map(({ name, baseUrl }) => ({
        provider: "openai",
        api_key: `sk-cross-check-${name}`,
        custom_host: `${baseUrl}/v1`,
        retry: { attempts: 2, on_status_codes: [429, 500, 502, 503, 504], use_retry_after_header: true },
      }));
      const config = { strategy: { mode: "fallback" }, request_timeout: 30_000, targets };
      return {
        baseUrl: `${process.url}/v1`,
        retries: 0,
        headers: { "x-portkey-config": JSON.stringify(config) },
        [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
      };
    },
  };
}

function firstOf({ all }: ProviderServers): string {
  const [first] = all;
  if (first === undefined) throw new Error("The scenario has no provider.");
  return first.baseUrl;
}
