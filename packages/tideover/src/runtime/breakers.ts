import type { ResolvedBreaker } from "../config/resolved-config.ts";
import { BREAKER_DEFAULTS, type BreakerOptions, CircuitBreaker, type EngineEnvironment } from "../engine/index.ts";
import { PerModel } from "./per-model.ts";

/** The breakers of one provider, one per account and upstream model. */
export class Breakers extends PerModel<CircuitBreaker> {
  /** The failure kinds that count. */
  readonly counts: BreakerOptions["counts"];

  constructor(provider: string, options: BreakerOptions, { clock, emit }: EngineEnvironment) {
    super(
      (account, model) =>
        new CircuitBreaker(options, clock, (state, reason) =>
          emit?.({ type: "breaker-changed", provider, account, model, state, reason }),
        ),
    );
    this.counts = options.counts;
  }
}

/** The engine's options for what a configuration says; undefined when the breaker is off. */
export function breakerOptions(resolved: ResolvedBreaker | "off"): BreakerOptions | undefined {
  if (resolved === "off") return undefined;
  return {
    ...BREAKER_DEFAULTS,
    consecutive: resolved.consecutive === "off" ? Number.POSITIVE_INFINITY : resolved.consecutive,
    ratio: resolved.ratio === "off" ? 1 : resolved.ratio,
    minimum: resolved.ratio === "off" ? Number.POSITIVE_INFINITY : resolved.minimum,
    windowMs: resolved.window,
    openMs: resolved.open,
    maxOpenMs: Math.max(resolved.open, resolved.maxOpen),
    probes: resolved.probes,
    counts: resolved.counts,
  };
}
