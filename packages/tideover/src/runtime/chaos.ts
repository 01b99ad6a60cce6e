import type { ResolvedChaos } from "../config/resolved-config.ts";
import type { ChaosFault, ChaosOptions } from "../engine/index.ts";

/** The engine's options for the `chaos` section of a configuration. */
export function chaosOptions({ share, until, providers, critical, faults }: ResolvedChaos): ChaosOptions {
  const { latency, failure = [], cut } = faults;
  const all: ChaosFault[] = failure.map((kind) => ({ type: "failure", kind }));
  if (latency !== undefined) all.push({ type: "latency", ms: latency });
  if (cut !== undefined) all.push({ type: "cut", afterContentEvents: cut });
  return { share, until, providers, critical, faults: all };
}
