import type { ResolvedChaos } from "../config/resolved-config.ts";
import { Chaos, type ChaosFault, type ChaosOptions, type EngineEnvironment } from "../engine/index.ts";

/** Faults on purpose. */
export const chaos = {
  optionsOf: chaosOptions,
  /** @throws RangeError for chaos that goes too far */
  make: (options: ChaosOptions, environment: EngineEnvironment) => new Chaos(options, environment),
};

/** The engine's options for the `chaos` section of a configuration. */
function chaosOptions({ share, until, providers, critical, faults }: ResolvedChaos): ChaosOptions {
  const { latency, failure = [], cut } = faults;
  const all: ChaosFault[] = failure.map((kind) => ({ type: "failure", kind }));
  if (latency !== undefined) all.push({ type: "latency", ms: latency });
  if (cut !== undefined) all.push({ type: "cut", afterContentEvents: cut });
  return { share, until, providers, critical, faults: all };
}
