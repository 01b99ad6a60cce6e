import type { ResolvedRoute } from "../config/resolved-config.ts";
import { type EngineEnvironment, type Layer, longPrompt, type Service } from "../engine/index.ts";
import { canBeFitted, contextTokensFor, promptFitter } from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";

/** Making conversations fit that are too long for a provider. */
export const longPrompts = { canBeFitted, layerOf: longPromptLayer };

/**
 * The layer that makes conversations fit, where it is known how much does.
 * @param writer writes summaries: the provider with all its accounts, one try each
 */
function longPromptLayer(
  route: ResolvedRoute,
  { definition, inProcessTokens }: ProviderState,
  writer: Service,
  environment: EngineEnvironment,
): Layer {
  const fitter = promptFitter({
    contextTokens: ({ request }) => inProcessTokens ?? contextTokensFor(definition, request.model),
    summarises: route.longPrompt === "summarise",
    asksUsage: definition.preset.streamsUsage || definition.preset.inProcess,
  });
  return longPrompt(fitter, writer, environment);
}
