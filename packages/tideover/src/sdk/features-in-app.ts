import type { ResolvedConfig } from "../config/index.ts";
import { type ConfiguredFeature, type Features, featuresOf } from "../runtime/index.ts";

/** Where each feature is found: a module of its own, so that an application loads those it asks for. */
const LOADERS: { readonly [Name in ConfiguredFeature]: () => Promise<Pick<Features, Name>> } = {
  messages: async () => ({ messages: (await import("../providers/messages-wire.ts")).speakMessages }),
  kserve: async () => ({ kserve: (await import("../providers/kserve-wire.ts")).speakGenerate }),
  chaos: () => import("../runtime/chaos.ts"),
  hedging: () => import("../runtime/hedging.ts"),
  longPrompts: () => import("../runtime/long-prompts.ts"),
  similarAnswers: () => import("../runtime/similar-answers.ts"),
};

/**
 * Loads the features that a configuration asks for. They come with the engine rather than when they are first used:
 * what a call falls back to must be there before the network is gone.
 * @returns rejects where one could not be loaded
 */
export async function loadFeatures(config: ResolvedConfig): Promise<Features> {
  const loaded = await Promise.all(featuresOf(config).map((name) => LOADERS[name]()));
  return Object.assign({}, ...loaded) as Features;
}
