import { createHash } from "node:crypto";
import type { ResolvedConfig } from "tideover/config";
import type { Clock, IdSource, Random, Transport } from "tideover/engine";
import { type CallerKey, createHandler, DEFAULT_SETTINGS, type FrontSettings, type Handler } from "tideover/front";
import { createRuntime, frontRoutes, type Runtime } from "tideover/runtime";
import { engineLog } from "./logging/engine-log.ts";
import { exchangeLog } from "./logging/exchange-log.ts";
import type { Log } from "./logging/index.ts";
import { compileCondition } from "./rules/compile-condition.ts";

/** What a gateway is made from. */
export interface GatewayParts {
  readonly config: ResolvedConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly log: Log;
}

/** A running gateway without its sockets: a configuration as an HTTP handler. */
export interface Gateway {
  readonly handler: Handler;
  /** The configuration in force, with the state of its providers. */
  readonly runtime: Runtime;
  /**
   * Puts another configuration in force for the calls that come from now on; those in flight keep theirs.
   * @throws for one that cannot be used (ConditionError, ProviderSettingsError); the old one then stays in force.
   */
  reload(config: ResolvedConfig): void;
  /** Makes `/readyz` say that new work should go elsewhere. */
  drain(): void;
}

/**
 * Composes configuration, engine and HTTP surface.
 * @throws for a configuration that cannot be used
 */
export function createGateway(parts: GatewayParts): Gateway {
  const { clock, random, transport, log } = parts;
  const environment = { clock, random, emit: engineLog(log) };
  let draining = false;
  const isDraining = () => draining;
  const start = (config: ResolvedConfig, previous?: Runtime) => {
    const runtime = createRuntime(config, { environment, transport, compileCondition }, previous);
    return { runtime, handler: frontOf(runtime, parts, isDraining) };
  };
  let current = start(parts.config);
  return {
    handler: (request) => current.handler(request),
    get runtime() {
      return current.runtime;
    },
    reload(config) {
      current = start(config, current.runtime);
    },
    drain() {
      draining = true;
    },
  };
}

function frontOf(runtime: Runtime, { clock, ids, log }: GatewayParts, isDraining: () => boolean): Handler {
  const { server } = runtime.config;
  return createHandler({
    clock,
    ids,
    ...frontRoutes(runtime),
    keys: server.keys.map(({ name, key, tenant, maxPriority }): CallerKey => ({ name, key, tenant, maxPriority })),
    settings: settingsOf(runtime.config),
    hash: (bytes) => createHash("sha256").update(bytes).digest("hex"),
    ready: () => (isDraining() ? { ready: false, reasons: ["draining"] } : { ready: true, reasons: [] }),
    onExchange: exchangeLog(log),
  });
}

function settingsOf({ server }: ResolvedConfig): Partial<FrontSettings> {
  return {
    // Whoever opened the gateway to everyone has other means against foreign pages.
    allowedHosts: server.open ? ["*"] : server.allowedHosts,
    provenance: server.provenance,
    keepAlive: { intervalMs: server.keepAlive.interval, unary: server.keepAlive.unary },
    limits: { bodyBytes: server.limits.body, jsonDepth: DEFAULT_SETTINGS.limits.jsonDepth },
    passthroughKeys: server.passthroughKeys,
  };
}
