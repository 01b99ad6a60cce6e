import type { ResolvedConfig } from "tideover/config";
import { type ProviderDefinition, upstreamModel } from "tideover/providers";
import type { MappedModel } from "./report.ts";

/**
 * The model to try a provider with, as a caller would name it: one that the configuration maps, one that a route names
 * for this provider, the catalogue's first, the first that the provider lists.
 */
export function chooseModel(
  config: ResolvedConfig,
  definition: ProviderDefinition,
  offered: readonly string[] | undefined,
): string | undefined {
  const mapped = Object.keys(definition.models).find((name) => name !== "*");
  const routed = config.routes
    .filter(({ ladder }) => ladder.some((rung) => rung.kind === "provider" && rung.provider === definition.name))
    .map(({ model }) => model)
    .find((model) => !/[*?[\]{}]/.test(model));
  return mapped ?? routed ?? definition.models["*"] ?? definition.preset.models[0]?.id ?? offered?.[0];
}

/** The models that the configuration sends to a provider, and whether the provider lists them. */
export function mappedModels(
  definition: ProviderDefinition,
  asked: string | undefined,
  offered: readonly string[] | undefined,
): MappedModel[] {
  const pairs = new Map(Object.entries(definition.models));
  if (asked !== undefined && !pairs.has(asked)) {
    const upstream = upstreamModel(definition, asked);
    if (![...pairs.values()].includes(upstream)) pairs.set(asked, upstream);
  }
  return [...pairs].map(([from, to]) => ({
    from,
    to,
    ...(offered === undefined ? {} : { offered: offered.includes(to) }),
  }));
}
