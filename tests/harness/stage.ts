import {
  createGateway,
  createNodeTransport,
  type Gateway,
  type GatewayParts,
  type Log,
  SILENT_LOG,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { startUpstreamServer, type UpstreamServer, type UpstreamServerOptions } from "@tideover/simulator";
import { resolveConfig, type TideoverConfig } from "tideover/config";

/** A simulated provider that is fast: real time runs in tests on sockets. */
export const FAST: UpstreamServerOptions = {
  profile: "faults",
};

/** A gateway on a free port before simulated providers; closed by `await using`. */
export interface Stage extends AsyncDisposable {
  /** Address of the gateway, without a path. */
  readonly url: string;
  readonly gateway: Gateway;
  /** The simulated providers by name. */
  readonly upstreams: Readonly<Record<string, UpstreamServer>>;
}

/** What a stage is made of. */
export interface StageOptions {
  /** Simulated providers by name; each becomes a provider of the preset `deepseek` unless `config` says otherwise. */
  readonly upstreams: Readonly<Record<string, UpstreamServerOptions>>;
  /** Further settings of the providers, by name. */
  readonly providers?: Readonly<Record<string, Partial<NonNullable<TideoverConfig["providers"]>[string]>>>;
  readonly routes: TideoverConfig["routes"];
  readonly server?: TideoverConfig["server"];
  readonly log?: Log;
  /** Where models in the gateway's process and their runtime lie. */
  readonly models?: GatewayParts["models"];
}

/** Starts simulated providers and a gateway before them. */
export async function stage(options: StageOptions): Promise<Stage> {
  const upstreams: Record<string, UpstreamServer> = {};
  const providers: Record<string, object> = {};
  for (const [name, settings] of Object.entries(options.upstreams)) {
    const upstream = await startUpstreamServer(settings);
    upstreams[name] = upstream;
    providers[name] = { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-test", ...options.providers?.[name] };
  }
  for (const [name, settings] of Object.entries(options.providers ?? {})) providers[name] ??= settings;
  const resolved = resolveConfig({ providers, routes: options.routes, server: options.server });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues, null, 2));

  const transport = createNodeTransport();
  const log = options.log ?? SILENT_LOG;
  const parts = { transport, clock: systemClock, random: systemRandom, ids: systemIds, log };
  const gateway = createGateway({ config: resolved.config, ...parts, models: options.models });
  const { limits } = resolved.config.server;
  const { handler, refuseBody } = gateway;
  const server = await startServer({ handler, refuseBody, host: "127.0.0.1", port: 0, limits, log });
  return {
    url: server.url,
    gateway,
    upstreams,
    async [Symbol.asyncDispose]() {
      await server.close(0);
      await gateway.close();
      await transport.close();
      for (const upstream of Object.values(upstreams)) await upstream.close();
    },
  };
}
