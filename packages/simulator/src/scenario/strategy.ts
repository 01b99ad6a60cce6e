import { ConfigError, type ResolvedConfig, resolveConfig, type TideoverConfig } from "tideover/config";
import type { Scenario } from "./scenario.ts";
import type { SimulatedProvider } from "./simulated-providers.ts";

/**
 * Who stands between the callers and the providers.
 * - `tideover`: the engine with the scenario's own configuration.
 * - `classic`: the engine with the classic recipe on the same ladder: six tries of the same provider after 1, 2, 4, 8
 *   and 16 s, a breaker after five failures for 30 s; no continuation, no budget, no learned limit.
 * - `sdk`: a plain SDK to the first provider that tries twice more, as OpenAI's does.
 * - `none`: a plain client to the first provider, one attempt.
 */
export type StrategyName = "tideover" | "classic" | "sdk" | "none";

/** All of them, best first. */
export const STRATEGIES: readonly StrategyName[] = ["tideover", "classic", "sdk", "none"];

/** Retries of OpenAI's SDKs (openai-node, `maxRetries`). */
export const SDK_RETRIES = 2;

/** A limit that never binds: the recipe has none. */
const NO_LIMIT = 1_000_000;

/** Where a provider of a scenario is to be found. */
export type ProviderAddress = Pick<SimulatedProvider, "name" | "baseUrl">;

type Providers = NonNullable<TideoverConfig["providers"]>;

/**
 * The engine's configuration for a scenario.
 * @throws ConfigError for a configuration that cannot be used
 */
export function engineConfig(
  scenario: Scenario,
  strategy: "tideover" | "classic",
  providers: readonly ProviderAddress[],
): ResolvedConfig {
  const { routes, keys } = scenario.config;
  const server = {
    keys: (keys ?? []).map((key) => ({ ...key, key: `tideover-simulated-${key.name}`, tenant: key.name })),
  };
  const written = {
    providers: writtenProviders(scenario, providers),
    routes,
    ...(keys === undefined ? {} : { server }),
  };
  const resolved = resolveConfig(strategy === "classic" ? classic(written) : written);
  if ("issues" in resolved) throw new ConfigError(resolved.issues, `scenario ${scenario.name}, config`);
  return resolved.config;
}

function writtenProviders(scenario: Scenario, providers: readonly ProviderAddress[]): Providers {
  return Object.fromEntries(
    providers.map(({ name, baseUrl }) => {
      const settings = scenario.config.providers[name] ?? {};
      const key = settings.apiKeys === undefined ? { apiKey: `sk-simulated-${name}` } : {};
      return [name, { preset: "deepseek", ...settings, ...key, baseUrl }];
    }),
  );
}

function classic({ providers, routes, ...others }: TideoverConfig & { readonly providers: Providers }): TideoverConfig {
  const breaker = { consecutive: 5, open: "30s", maxOpen: "30s", ratio: "off", probes: 1 } as const;
  const retry = {
    attempts: 6,
    same: "always",
    baseDelay: "1s",
    maxDelay: "30s",
    jitter: "10%",
    budget: "off",
  } as const;
  return {
    ...others,
    providers: Object.fromEntries(
      Object.entries(providers).map(([name, settings]) => [
        name,
        { ...settings, breaker, limit: { concurrency: NO_LIMIT } },
      ]),
    ),
    routes: routes.map((route) => ({ ...route, retry, hedge: "off", resume: "off" })),
  };
}
