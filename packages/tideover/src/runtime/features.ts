import type { ResolvedConfig, ResolvedRoute } from "../config/resolved-config.ts";
import type { Wires } from "../providers/index.ts";
import type { chaos } from "./chaos.ts";
import type { hedging } from "./hedging.ts";
import type { longPrompts } from "./long-prompts.ts";
import type { review } from "./review.ts";
import type { sharedFlights } from "./shared-flights.ts";
import type { similarAnswers } from "./similar-answers.ts";
import type { tickets } from "./tickets.ts";

/**
 * The parts of a runtime that only some configurations ask for. Whoever composes gives them: a server has all of them
 * (`all-features.ts`), a page loads those of its configuration together with the engine.
 */
export interface Features extends Wires {
  readonly chaos?: typeof chaos | undefined;
  readonly hedging?: typeof hedging | undefined;
  readonly longPrompts?: typeof longPrompts | undefined;
  readonly similarAnswers?: typeof similarAnswers | undefined;
  /** Only where there is an inbox. */
  readonly review?: typeof review | undefined;
  /** Only where there is a ledger. */
  readonly sharedFlights?: typeof sharedFlights | undefined;
  /** Only where there is a desk. */
  readonly tickets?: typeof tickets | undefined;
}

/** The features that a configuration can ask for by itself. */
export type ConfiguredFeature = Exclude<keyof Features, "review" | "sharedFlights" | "tickets">;

/** The features without which the runtime of a configuration cannot be made. */
export function featuresOf({ providers, routes, chaos }: ResolvedConfig): readonly ConfiguredFeature[] {
  const wires = Object.values(providers).map(({ definition }) => definition.preset.wire);
  const asked = (asks: (route: ResolvedRoute) => boolean) => routes.some(asks);
  const found: Readonly<Record<ConfiguredFeature, boolean>> = {
    messages: wires.includes("messages"),
    kserve: wires.includes("kserve"),
    chaos: chaos !== undefined,
    hedging: asked(({ hedge }) => hedge !== "off"),
    longPrompts: asked(fitsLongPrompts),
    similarAnswers: asked(({ ladder }) => ladder.some(({ kind }) => kind === "similar")),
  };
  return (Object.keys(found) as ConfiguredFeature[]).filter((name) => found[name]);
}

/** Whether a route shortens or sums up conversations that are too long. */
export function fitsLongPrompts({ longPrompt = "refuse" }: Pick<ResolvedRoute, "longPrompt">): boolean {
  return longPrompt !== "refuse";
}

/**
 * A feature that a configuration asks for.
 * @throws TypeError where the runtime was made without it: a mistake of whoever composes
 */
export function needed<Name extends keyof Features>(features: Features, name: Name): NonNullable<Features[Name]> {
  const feature = features[name];
  if (feature === undefined || feature === null) {
    throw new TypeError(`The configuration asks for the feature ${name}, which the runtime was not given.`);
  }
  return feature;
}
