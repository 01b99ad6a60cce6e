import { listPresets } from "../providers/index.ts";
import type { Origin, SourceMap } from "./origins.ts";
import { valueAt } from "./origins.ts";
import type { ConfigPath } from "./path.ts";
import { type LoadedConfig, type RefusedConfig, resolveConfig } from "./resolve.ts";

/** What was found on this machine beside the environment. */
export interface Surroundings {
  /** The local Ollama, and the names of the models it has. */
  readonly ollama?: { readonly reachable: boolean; readonly models: readonly string[] };
}

/** The names under which a local copy of DeepSeek's models goes. */
const LIKES_DEEPSEEK = /deepseek/i;
/** The rungs that end the ladder. */
const LAST_RUNGS: readonly string[] = ["stale", "ticket"];

/**
 * The configuration of someone who wrote none: every known `*_API_KEY` becomes a provider, DeepSeek first, then in the
 * order of the catalogue; a reachable Ollama that has a model becomes the degraded rung below them; one route takes
 * every model.
 *
 * @returns undefined when there is no key at all: the caller then serves the demo
 */
export function configFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  { ollama }: Surroundings = {},
): LoadedConfig | RefusedConfig | undefined {
  const providers: Record<string, Record<string, unknown>> = {};
  const variables = new Map<string, string>();
  for (const { preset, baseUrl, apiKeyEnvironment, wire } of inOrder()) {
    // A host whose address has parts to fill in needs a file. So does Anthropic's: coding tools leave its key in the
    // environment, and it has none of the models that callers of the others name.
    if (baseUrl === undefined || baseUrl.includes("{") || wire === "messages") continue;
    const variable = apiKeyEnvironment.find((name) => (environment[name] ?? "").trim() !== "");
    if (variable === undefined) continue;
    providers[preset] = { preset, apiKey: environment[variable]?.trim() };
    variables.set(preset, variable);
  }
  if (variables.size === 0) return undefined;

  const localModel = ollama?.models.find((name) => LIKES_DEEPSEEK.test(name)) ?? ollama?.models[0];
  if (ollama?.reachable === true && localModel !== undefined) {
    providers.ollama = { preset: "ollama", degraded: true, models: { "*": localModel } };
  }
  const ladder = [...Object.keys(providers), ...LAST_RUNGS];
  const input = { providers, routes: [{ name: "default", model: "*", ladder }] };
  return resolveConfig(input, environmentSource(input, variables));
}

/** The catalogue with DeepSeek first, as this product is for those who call it. */
function inOrder() {
  const presets = listPresets();
  return [
    ...presets.filter(({ preset }) => preset === "deepseek"),
    ...presets.filter(({ preset }) => preset !== "deepseek"),
  ];
}

/** Keys came from their variables; the rest was made up here, so it is default. */
function environmentSource(input: unknown, variables: ReadonlyMap<string, string>): SourceMap {
  return {
    at(path: ConfigPath): Origin | undefined {
      if (valueAt(input, path) === undefined) return undefined;
      const variable = path[0] === "providers" ? variables.get(String(path[1])) : undefined;
      return variable === undefined ? { from: "default" } : { from: "environment", variable };
    },
  };
}
