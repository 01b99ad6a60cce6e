import { type ResolvedConfig, resolveConfig, type TideoverConfig } from "tideover/config";
import { CALLER_KEY, FALLBACK_MODEL, SOUND_MODEL } from "./names.ts";
import type { Role, Scenario } from "./scenario.ts";

/** Where Tideover departs from its defaults in the bench, as it would be written. */
export const DEPARTURES = "`firstToken: 10s`, `gap: 10s`, `minRate: 1/s` on the route";

/** Further departures of a test, laid over the bench's. */
export interface Departures {
  readonly breaker?: NonNullable<TideoverConfig["providers"]>[string]["breaker"];
  readonly route?: Partial<TideoverConfig["routes"][number]>;
}

/** Tideover's configuration for a scenario: two providers, one route, one ladder. */
export function tideoverConfig(
  scenario: Scenario,
  urls: Readonly<Record<Role, string>>,
  { breaker = {}, route = {} }: Departures = {},
): ResolvedConfig {
  const { preset = "deepseek" } = scenario.primaryHost ?? {};
  // A model that the catalogue knows to take more, where the scenario turns on the size of the context.
  const fallbackModel = scenario.primaryHost === undefined ? FALLBACK_MODEL : "deepseek-flash";
  const { slots } = scenario;
  const limit = slots === undefined ? {} : { limit: { concurrency: slots } };
  const written: TideoverConfig = {
    // Who may ask for more than the usual urgency has a key that says so.
    ...(slots === undefined ? {} : { server: { keys: [{ name: "bench", key: CALLER_KEY, maxPriority: 0 }] } }),
    providers: {
      primary: {
        preset,
        baseUrl: `${urls.primary}/v1`,
        apiKey: "sk-bench-primary",
        breaker,
        ...limit,
      },
      fallback: {
        preset: "deepseek",
        baseUrl: `${urls.fallback}/v1`,
        apiKey: "sk-bench-fallback",
        models: { "*": fallbackModel, [SOUND_MODEL]: SOUND_MODEL },
        ...limit,
      },
    },
    routes: [
      {
        name: "bench",
        model: "*",
        firstToken: "10s",
        gap: "10s",
        minRate: "1/s",
        ladder: ["primary", "fallback", ...(scenario.endsWithStale === true ? ["stale"] : [])],
        ...route,
      },
    ],
  };
  const resolved = resolveConfig(written);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues, null, 2));
  return resolved.config;
}
